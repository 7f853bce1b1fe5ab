import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PodProcesses, PROCESSES_PER_TURN } from '../../../src/strategies/interface/pod-processes.ts';
import { FixtureProc, type FixtureProcess, NODE_PROCESSES } from './fixture-proc.ts';

const never = () => false;
const podCgroup = (uid: string) => `0::/kubepods/burstable/pod${uid}/${'c'.repeat(64)}\n`;

describe('a search through many processes', () => {
  const uid = randomUUID();
  const processes = Array.from({ length: 3000 }, (_, index): FixtureProcess => ({
    pid: index + 2,
    cgroup: podCgroup(randomUUID()),
    network: `pod${Math.floor(index / 30)}`,
  }));

  it('lets others have a turn after every few processes, and finds the last one', async () => {
    using fixture = new FixtureProc([...NODE_PROCESSES, ...processes, { pid: 4000, cgroup: podCgroup(uid), network: 'mine' }]);
    let turns = 0;
    let longest = 0;
    let searching = true;
    const others = (async () => {
      for (let last = performance.now(); searching; turns += 1) {
        await setImmediate();
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }
    })();
    const began = performance.now();
    const { found, looked } = await new PodProcesses(fixture.proc).scan(uid, never);
    const took = performance.now() - began;
    searching = false;
    await others;

    expect(found.map(({ pid }) => pid)).toEqual([4000]);
    expect(looked).toBe(3002);
    expect(turns).toBeGreaterThanOrEqual(Math.floor(looked / PROCESSES_PER_TURN));
    console.info(`${looked} processes in ${took.toFixed(1)} ms, longest turn ${longest.toFixed(1)} ms`);
  });

  it('ends where it is told to, and when it is aborted', async () => {
    using fixture = new FixtureProc([...NODE_PROCESSES, ...processes.slice(0, 300), { pid: 100_000, cgroup: podCgroup(uid), network: 'mine' }]);
    fixture.add({ pid: 50_000, cgroup: podCgroup(uid), network: 'mine' });
    const { found, looked } = await new PodProcesses(fixture.proc).scan(uid, () => true);
    expect(found.map(({ pid }) => pid)).toEqual([50_000]);
    expect(looked).toBe(302);

    const reason = new Error('enough');
    await expect(new PodProcesses(fixture.proc).scan(uid, never, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('sees whether it can see the node', async () => {
    const elsewhere = { pidNamespace: 'pid:[4026532900]' };
    const own = podCgroup(uid);
    using first = new FixtureProc(NODE_PROCESSES);
    expect(await new PodProcesses(first.proc).nodeIsVisible()).toBe(true);
    // A Pod without hostPID sees itself only, whether its cgroup namespace is private or not.
    using hidden = new FixtureProc(NODE_PROCESSES, elsewhere);
    expect(await new PodProcesses(hidden.proc).nodeIsVisible()).toBe(false);
    using shown = new FixtureProc([{ pid: 1, cgroup: own }, { pid: 'self', cgroup: own }], elsewhere);
    expect(await new PodProcesses(shown.proc).nodeIsVisible()).toBe(false);
    // A node that is a container itself (kind) is no first PID namespace, but other Pods are there.
    using kind = new FixtureProc([...NODE_PROCESSES, { pid: 7, cgroup: podCgroup(randomUUID()) }], elsewhere);
    expect(await new PodProcesses(kind.proc).nodeIsVisible()).toBe(true);
  });
});
