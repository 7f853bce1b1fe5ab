import { readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CriSandboxes } from '../../../src/adapters/cri/cri-sandboxes.ts';
import { HostPidMissingError, InterfaceNotFoundError, NamespaceNotEnteredError, PodNotFoundError, PodNotKnownError, TargetNotServedError } from '../../../src/core/errors/index.ts';
import { CriResolver, PodNetworkNamespaceResolver } from '../../../src/strategies/interface/index.ts';
import { interfaceResolverContract } from '../../../src/testing/interface-resolver-contract.ts';
import { requires } from '../../harness/requirements.ts';
import { TestPod } from '../../harness/test-pod.ts';
import { ScriptedRuntime, type ScriptedSandbox, withSandboxes } from '../../adapters/cri/scripted-runtime.ts';
import { claimed } from './claimed.ts';
import { FixtureProc, NODE_PROCESSES } from './fixture-proc.ts';
import { quickClock } from './quick-clock.ts';

/** A Pod whose cgroup does not name it, and a runtime that knows it. */
class RuntimeWorld implements AsyncDisposable {
  readonly pod: TestPod;
  readonly runtime: ScriptedRuntime;
  readonly resolver: CriResolver;

  static async create(more: Partial<ScriptedSandbox> = {}): Promise<RuntimeWorld> {
    const pod = await TestPod.create({ cgroup: (_, containerId) => `/elsewhere/${containerId}` });
    const runtime = await ScriptedRuntime.start(withSandboxes(() => [{ id: 'sandbox', uid: pod.uid, pid: pod.pid, ...more }]));
    return new RuntimeWorld(pod, runtime);
  }

  private constructor(pod: TestPod, runtime: ScriptedRuntime) {
    this.pod = pod;
    this.runtime = runtime;
    this.resolver = new CriResolver(new CriSandboxes({ socket: runtime.socket }), quickClock);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime[Symbol.asyncDispose]();
    await this.pod[Symbol.asyncDispose]();
  }
}

requires('root', 'ip', 'nsenter', 'cgroup').describe('a Pod found by its container runtime', () => {
  describe('keeps the contract', () => {
    interfaceResolverContract(it, async () => {
      const world = await RuntimeWorld.create();
      return {
        resolver: world.resolver,
        served: claimed(world.pod),
        refused: { kind: 'node', node: 'n1', interface: 'lo' },
        goAway: () => world.pod.kill(),
        [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
      };
    });
  });

  it('is found where its cgroup does not name it', async () => {
    await using world = await RuntimeWorld.create();
    await expect(new PodNetworkNamespaceResolver(quickClock).resolve(claimed(world.pod))).rejects.toThrow(PodNotFoundError);
    await using resolved = await world.resolver.resolve(claimed(world.pod));
    expect(resolved).toMatchObject({ device: 'eth0', linkType: 'EN10MB' });
    expect(`net:[${resolved.networkNamespace?.inode}]`).toBe(readlinkSync(`/proc/${world.pod.pid}/ns/net`));
  });

  it('is refused with a reason', async () => {
    await using world = await RuntimeWorld.create();
    const { pod, resolver } = world;
    await expect(resolver.resolve(claimed(pod, { hostNetwork: true }))).rejects.toThrow(TargetNotServedError);
    await expect(resolver.resolve(claimed(pod, { interface: 'net7' }))).rejects.toThrow(InterfaceNotFoundError);
    await expect(resolver.resolve(claimed(pod, { cgroupUid: 'another' }))).rejects.toThrow(PodNotKnownError);
    await using ofTheNode = await RuntimeWorld.create({ pid: process.pid });
    await expect(ofTheNode.resolver.resolve(claimed(ofTheNode.pod))).rejects.toThrow(NamespaceNotEnteredError);
    await using withoutProcess = await RuntimeWorld.create({ pid: 0 });
    await expect(withoutProcess.resolver.resolve(claimed(withoutProcess.pod))).rejects.toThrow(PodNotKnownError);
  });

  it('is refused when the runtime names another process after its namespace was opened', async () => {
    await using one = await TestPod.create();
    await using two = await TestPod.create();
    const pids = [one.pid, two.pid];
    const resolver = new CriResolver({ of: () => Promise.resolve(['sandbox']), pid: () => Promise.resolve(pids.shift()) }, quickClock);
    await expect(resolver.resolve(claimed(one))).rejects.toThrow(PodNotKnownError);
  });

  it('is not found by an agent that does not see the processes of the node', async () => {
    using fixture = new FixtureProc(NODE_PROCESSES, { pidNamespace: 'pid:[4026532001]' });
    const runtime = { of: () => Promise.resolve(['sandbox']), pid: () => Promise.resolve(4711) };
    const pod = claimed({ namespace: 'shop', name: 'web-1', uid: crypto.randomUUID() });
    await expect(new CriResolver(runtime, quickClock, fixture.proc).resolve(pod)).rejects.toThrow(HostPidMissingError);
    // The number is that of another process here.
    const other = { ...runtime, pid: () => Promise.resolve(NODE_PROCESSES.map(({ pid }) => pid).find((pid) => typeof pid === 'number')) };
    await expect(new CriResolver(other, quickClock, fixture.proc).resolve(pod)).rejects.toThrow(HostPidMissingError);
  });
});
