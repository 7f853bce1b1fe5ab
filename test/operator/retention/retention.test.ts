import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ApiOutcome, KubernetesClient, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import type { PacketCaptureStatus } from '../../../src/api/v1alpha1/index.ts';
import { time } from '../../../src/api/v1alpha1/time.ts';
import { CaptureWatch } from '../../../src/operator/packet-captures/capture-watch.ts';
import { Retention, RETENTION_RULES } from '../../../src/operator/retention/retention.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { CaptureApi, CAPTURES, NAMESPACE } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { ApiProxy } from '../../faults/api-proxy.ts';
import { requires } from '../../harness/requirements.ts';
import { grant } from '../grant.ts';
import { logged } from '../logged.ts';

const DAY = 86_400_000;

requires('kube-apiserver').describe('retention on a real API server', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  let clock: ManualClock;
  let operator: Operator;
  beforeEach(async () => {
    // Everything here is older than it looks to the API server.
    clock = new ManualClock({ now: Math.floor(Date.now() / 1000) * 1000 + 7 * DAY });
    operator = await Operator.start(api.server.kubeconfig, clock);
  });
  afterEach(async () => {
    await operator.stop();
    await api.server.request('DELETE', CAPTURES);
  });

  const exists = async (name: string) => (await api.server.request('GET', `${CAPTURES}/${name}`)).status === 200;
  const gone = (name: string) => eventually(async () => !(await exists(name)));

  /** As an agent does, whose wall clock is right; resolves when the operator has seen it. */
  async function report(name: string, status: PacketCaptureStatus): Promise<void> {
    const { metadata } = await api.assign(name, { node: 'n1', ...status });
    await operator.sees(metadata.uid, metadata.resourceVersion);
  }
  const end = (name: string, progress: 'finished' | 'failure' = 'finished', at = clock.now()) =>
    report(name, { progress, reason: 'TimeLimit', completionTime: time(at) });

  async function make(name: string, spec: object): Promise<void> {
    const { metadata } = await api.make(name, spec);
    await operator.sees(metadata.uid, metadata.resourceVersion);
  }

  async function change(name: string, spec: object): Promise<void> {
    const { metadata } = await api.client.patch(`${CAPTURES}/${name}`, 'merge', { spec });
    await operator.sees(metadata.uid, metadata.resourceVersion);
  }

  test.each(['finished', 'failure'] as const)('%s: deleted that long after its end, and not before', async (progress) => {
    await make('web', { ttlSecondsAfterFinished: 60 });
    await report('web', { progress: 'running' });
    await clock.advance(1_000_000);
    await end('web', progress);
    await clock.advance(59_999);
    expect(operator.deletions).toBe(0);
    await clock.advance(1);
    await gone('web');
    expect(operator.deletions).toBe(1);
  });

  test('with 0 at once, with retainFiles as well, and as a string', async () => {
    await make('zero', { ttlSecondsAfterFinished: 0, retainFiles: true });
    await end('zero');
    await gone('zero');
    await make('text', { ttlSecondsAfterFinished: '5' });
    await end('text');
    await clock.advance(5_000);
    await gone('text');
  });

  test('nothing that has not ended, and nothing that has no ttl', async () => {
    await make('new', { ttlSecondsAfterFinished: 1 });
    await make('scheduled', { ttlSecondsAfterFinished: 1 });
    await report('scheduled', { progress: 'scheduled' });
    await make('running', { ttlSecondsAfterFinished: 1 });
    // As nonsense of another writer.
    await report('running', { progress: 'running', completionTime: time(clock.now() - DAY) });
    await make('kept', {});
    await end('kept');
    await clock.advance(400 * DAY);
    expect(operator.deletions).toBe(0);
  });

  test('follows a ttl that is changed: longer, shorter, none, set later', async () => {
    for (const name of ['longer', 'shorter', 'none']) {
      await make(name, { ttlSecondsAfterFinished: 100 });
      await end(name);
    }
    await make('later', {});
    await end('later');
    await clock.advance(50_000);
    await change('longer', { ttlSecondsAfterFinished: 1_000 });
    await change('none', { ttlSecondsAfterFinished: null });
    await change('shorter', { ttlSecondsAfterFinished: 60 });
    await change('later', { ttlSecondsAfterFinished: 50 });
    await gone('later');
    await clock.advance(10_000);
    await gone('shorter');
    await clock.advance(939_999);
    expect(await exists('longer')).toBe(true);
    await clock.advance(1);
    await gone('longer');
    await clock.advance(DAY);
    expect(await exists('none')).toBe(true);
    expect(operator.deletions).toBe(3);
  });

  test('goes on after a restart with the time that is left', async () => {
    await make('due', { ttlSecondsAfterFinished: 60 });
    await end('due');
    await make('young', { ttlSecondsAfterFinished: 600 });
    await end('young');
    await operator.stop();
    await clock.advance(300_000);
    operator = await Operator.start(api.server.kubeconfig, clock);
    await gone('due');
    await clock.advance(299_000);
    expect(await exists('young')).toBe(true);
    await clock.advance(1_000);
    await gone('young');
  });

  test.each([30 * DAY, -30 * DAY])('a step of its wall clock by %i ms changes nothing', async (step) => {
    await make('before', { ttlSecondsAfterFinished: 60 });
    await make('after', { ttlSecondsAfterFinished: 60 });
    await end('before');
    const right = clock.now();
    clock.jump(step);
    await end('after', 'finished', right);
    await clock.advance(59_000);
    expect(operator.deletions).toBe(0);
    await clock.advance(1_000);
    await gone('before');
    await gone('after');
  });

  test('a node whose clock is ahead does not put it off for longer than the ttl', async () => {
    await make('web', { ttlSecondsAfterFinished: 60 });
    await end('web', 'finished', clock.now() + DAY);
    await operator.stop();
    operator = await Operator.start(api.server.kubeconfig, clock);
    await clock.advance(60_000);
    await gone('web');
  });

  test('a node whose clock is behind does not bring it forward', async () => {
    await make('web', { ttlSecondsAfterFinished: (20 * DAY) / 1000 });
    await end('web', 'finished', clock.now() - 30 * DAY);
    await operator.stop();
    operator = await Operator.start(api.server.kubeconfig, clock);
    await clock.advance(12 * DAY);
    expect(operator.deletions).toBe(0);
    await clock.advance(8 * DAY);
    await gone('web');
  });

  test('what was changed in the last moment stays', async () => {
    await operator.stop();
    await using proxy = await ApiProxy.start({ kubeconfig: api.server.kubeconfig });
    operator = await Operator.start(proxy.kubeconfig, clock);
    await make('web', { ttlSecondsAfterFinished: 60 });
    await end('web');
    const held = proxy.inject({ kind: 'hold' }, { when: ({ method }) => method === 'DELETE', times: 1 });
    await clock.advance(60_000);
    await held.untilHits(1);
    await change('web', { ttlSecondsAfterFinished: 120 });
    held[Symbol.dispose]();
    await eventually(() => operator.deletions === 1);
    expect(await exists('web')).toBe(true);
    await clock.advance(60_000);
    await gone('web');
  });

  test('a new capture of the same name stays', async () => {
    await operator.stop();
    await using proxy = await ApiProxy.start({ kubeconfig: api.server.kubeconfig });
    operator = await Operator.start(proxy.kubeconfig, clock);
    await make('web', { ttlSecondsAfterFinished: 60 });
    await end('web');
    const held = proxy.inject({ kind: 'hold' }, { when: ({ method }) => method === 'DELETE', times: 1 });
    await clock.advance(60_000);
    await held.untilHits(1);
    await api.delete('web');
    await make('web', { ttlSecondsAfterFinished: 60 });
    held[Symbol.dispose]();
    await eventually(() => operator.deletions === 1);
    await clock.advance(DAY);
    expect(await exists('web')).toBe(true);
    await operator.stop();
  });

  test('tries again when the API server refuses, cannot be reached, or the answer is lost', async () => {
    await operator.stop();
    await using proxy = await ApiProxy.start({ kubeconfig: api.server.kubeconfig });
    operator = await Operator.start(proxy.kubeconfig, clock);
    const deletes = { when: ({ method }: { method: string }) => method === 'DELETE', times: 1 };
    const troubles = [
      proxy.inject({ kind: 'lose-answer' }, deletes),
      proxy.inject({ kind: 'refusal', status: 500 }, deletes),
      proxy.inject({ kind: 'reset' }, deletes),
    ];
    await make('web', { ttlSecondsAfterFinished: 60 });
    await end('web');
    await clock.advance(60_000);
    await eventually(async () => {
      await clock.advance(1_000);
      return !(await exists('web'));
    });
    expect(troubles.map(({ calls }) => calls.length)).toEqual([1, 1, 1]);
    await operator.stop();
  });

  test('deletes nothing once it was stopped', async () => {
    await make('web', { ttlSecondsAfterFinished: 60 });
    await end('web');
    await operator.stop();
    await clock.advance(DAY);
    expect(operator.deletions).toBe(0);
    expect(await exists('web')).toBe(true);
  });

  test('needs its rule and no other, and says so', async () => {
    await operator.stop();
    const user = 'retention';
    const reading = RETENTION_RULES.map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => verb !== 'delete') }));
    await grant(api.server, { user, namespace: NAMESPACE, rules: reading });
    operator = await Operator.start(await api.server.kubeconfigFor(user), clock);
    await make('web', { ttlSecondsAfterFinished: 0 });
    await end('web');
    await eventually(() => operator.lines.some((line) => line.includes('cannot delete resource') && line.includes('Grant it by a Role with the rules')));
    await grant(api.server, { user, namespace: NAMESPACE, rules: RETENTION_RULES });
    await eventually(async () => {
      await clock.advance(1_000);
      return !(await exists('web'));
    });
  });
});

/** The part of an operator that is of interest here. */
class Operator {
  readonly calls: ApiOutcome[] = [];
  readonly lines: string[];
  readonly #captures: CaptureWatch;
  readonly #retention: Retention;
  readonly #client: KubernetesClient;
  readonly #life = new AbortController();
  readonly #seen = new Map<string, Set<string>>();

  static async start(kubeconfig: string, clock: ManualClock): Promise<Operator> {
    const operator = new Operator(await loadConnection({ kubeconfig }), clock);
    await operator.#captures.start(operator.#life.signal);
    return operator;
  }

  private constructor(connection: ConstructorParameters<typeof KubernetesClient>[0], clock: ManualClock) {
    this.#client = new KubernetesClient(connection, { observe: (outcome) => this.calls.push(outcome) });
    const { logger, lines } = logged();
    this.lines = lines;
    const options = { client: this.#client, clock, logger, namespace: NAMESPACE };
    this.#captures = new CaptureWatch(options);
    this.#retention = new Retention({ ...options, captures: this.#captures });
    this.#captures.onChange(({ uid, resourceVersion }) => this.#seen.set(uid, (this.#seen.get(uid) ?? new Set()).add(resourceVersion)));
  }

  get deletions(): number {
    return this.calls.filter(({ method }) => method === 'DELETE').length;
  }

  /** Resolves when it knows that version of it; it may be gone by then. */
  async sees(uid: string, resourceVersion: string): Promise<void> {
    await eventually(() => this.#seen.get(uid)?.has(resourceVersion));
  }

  async stop(): Promise<void> {
    this.#life.abort(new Error('test over'));
    await this.#retention[Symbol.asyncDispose]();
    this.#client[Symbol.dispose]();
  }
}
