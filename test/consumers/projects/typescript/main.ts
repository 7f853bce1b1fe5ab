// A resolver and a claim rule of one's own, typed, and a capture with them; as a test of node:test, the contract suites.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  CaptureError,
  type CaptureRequest,
  type CaptureResult,
  type Claimable,
  type ClaimedTarget,
  type ClaimStrategy,
  createCaptureEngine,
  DEFAULT_LIMITS,
  type InterfaceResolver,
  type ResolvedInterface,
  TargetNotServedError,
} from 'pcapper';
import { KubernetesClient, type KubernetesConnection } from 'pcapper/kubernetes';
import { type LeaseTimes, DEFAULT_LEASE_TIMES } from 'pcapper/operator';
import { claimStrategyContract, FakeDiskGuard, FakeTcpdumpRunner, interfaceResolverContract, ManualClock } from 'pcapper/testing';

class UplinkResolver implements InterfaceResolver {
  readonly name = 'Uplink';
  readonly #open = new Set<AbortController>();

  async resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface> {
    signal?.throwIfAborted();
    if (target.kind !== 'node' || target.interface !== 'uplink') throw new TargetNotServedError(this.name, target.kind);
    const gone = new AbortController();
    this.#open.add(gone);
    return { device: 'bond0', linkType: 'EN10MB', gone: gone.signal, [Symbol.asyncDispose]: async () => void this.#open.delete(gone) };
  }

  cut(): void {
    for (const gone of this.#open) gone.abort('The uplink bond0 is cut.');
  }
}

class UplinkClaim implements ClaimStrategy {
  claim({ target }: Claimable): Promise<ClaimedTarget | undefined> {
    return Promise.resolve(target.kind === 'node' && target.interface === 'uplink' ? target : undefined);
  }
}

const uplink = { kind: 'node', node: 'n1', interface: 'uplink' } as const;

async function captureOnce(): Promise<CaptureResult> {
  const directory = mkdtempSync(join(tmpdir(), 'pcapper-typescript-'));
  const clock = new ManualClock();
  const runner = new FakeTcpdumpRunner(clock);
  const engine = await createCaptureEngine({ directory, node: 'n1', clock, runner, resolver: new UplinkResolver(), guard: new FakeDiskGuard() });
  try {
    const request: CaptureRequest = { uid: 'u1', name: 'first', target: uplink, limits: { ...DEFAULT_LIMITS, seconds: 60 } };
    const capture = await engine.start({ request, target: uplink });
    runner.runs[0]?.receive(4);
    return await capture.stop();
  } finally {
    await engine[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  }
}

const { progress, packets, interface: device } = await captureOnce();
const times: LeaseTimes = DEFAULT_LEASE_TIMES;
const connection: KubernetesConnection = { server: new URL('http://127.0.0.1:1'), requestOptions: () => Promise.resolve({}) };
const client = new KubernetesClient(connection);
const refusal = await client.get('/version').catch((error: unknown) => (CaptureError.is(error) ? error.code : 'unknown'));
client[Symbol.dispose]();
console.log(JSON.stringify({ progress, packets, device, times: Object.keys(times).length > 0, refusal }));

if (process.env['NODE_TEST_CONTEXT'] !== undefined) {
  claimStrategyContract(test, () =>
    Promise.resolve({
      strategy: new UplinkClaim(),
      mine: [{ uid: 'a', name: 'a', target: uplink }],
      notMine: [{ uid: 'b', name: 'b', target: { ...uplink, interface: 'eth0' } }],
    }),
  );
  interfaceResolverContract(test, () => {
    const resolver = new UplinkResolver();
    return Promise.resolve({
      resolver,
      served: uplink,
      refused: { ...uplink, interface: 'eth0' },
      goAway: () => Promise.resolve(resolver.cut()),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  });
}
