import { performance } from 'node:perf_hooks';
import { SystemClock } from '../../src/adapters/system-clock.ts';
import type { ClaimedPod } from '../../src/core/capture-target.ts';
import { PodNetworkNamespaceResolver } from '../../src/strategies/interface/index.ts';
import { TestPod } from '../../test/harness/test-pod.ts';
import type { Subject } from '../figure.ts';
import { CrowdedNode } from '../world/crowded-node.ts';
import { LoopStall } from '../world/loop-stall.ts';
import { quantile } from '../world/statistics.ts';

const PROCESSES = 3_000;
const RESOLVES = 100;

/**
 * How long it takes to find a Pod's network namespace on a node with 3,000 processes (sleeping ones in the cgroups of
 * 100 Pods), and how long that keeps the agent from anything else. 100 calls of `resolve` one after another, for a Pod
 * whose process is the last to be looked at; `resolve.p50` is from the call to the answer, `resolve.stall` the longest
 * time that passed between two turns of the event loop within any of the calls. Baseline of the stall: the longest time
 * between two turns with nothing to do, over the same time: what the machine itself takes. `resolve.stall.cpu` is the
 * most CPU time that the thread used between two turns: the stall as it is where nobody else wants the core.
 *
 * Depends on the number of processes and on the speed of reading /proc; the stall also on what else the machine does.
 */
export const subject: Subject = {
  names: ['resolve.p50', 'resolve.stall', 'resolve.stall.cpu'],
  needs: ['root', 'ip', 'nsenter', 'cgroup'],
  async run(say) {
    await using node = await CrowdedNode.create(PROCESSES);
    await using pod = await TestPod.create();
    const { namespace, name, uid } = pod;
    const target: ClaimedPod = { kind: 'pod', namespace, name, uid, cgroupUid: uid, hostNetwork: false };
    const resolver = new PodNetworkNamespaceResolver(new SystemClock());
    for (let i = 0; i < 5; i += 1) await resolve(resolver, target);
    say(`${node.processes} more processes sleep`);
    const times: number[] = [];
    const stalls: LoopStall[] = [];
    const idle: LoopStall[] = [];
    for (let i = 0; i < RESOLVES; i += 1) {
      const whileResolving = new LoopStall();
      times.push(await resolve(resolver, target));
      whileResolving.end();
      stalls.push(whileResolving);
      idle.push(await LoopStall.ofIdleness(times.at(-1) ?? 0));
    }
    const longest = (these: readonly LoopStall[]) => Math.max(...these.map((stall) => stall.longest));
    return [
      { name: 'resolve.p50', value: quantile(times, 0.5), unit: 'ms', target: { of: 'value', atMost: 100 } },
      { name: 'resolve.stall', value: longest(stalls), unit: 'ms', baseline: longest(idle), target: { of: 'value', atMost: 20 } },
      { name: 'resolve.stall.cpu', value: Math.max(...stalls.map((stall) => stall.longestCpu)), unit: 'ms' },
    ];
  },
};

async function resolve(resolver: PodNetworkNamespaceResolver, target: ClaimedPod): Promise<number> {
  const begun = performance.now();
  await using _resolved = await resolver.resolve(target);
  return performance.now() - begun;
}
