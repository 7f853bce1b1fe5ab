import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { requires } from '../harness/requirements.ts';
import { tcpdumpsOf } from '../harness/tcpdumps-of.ts';
import { AgentWorld, fileNames } from './agent-world.ts';

const PINGS = 'icmp[icmptype] == icmp-echo or icmp[icmptype] == icmp-echoreply';

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('two agents of one node and hostmount', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());
  const lockFile = (world: AgentWorld) => join(world.hostmount.path, '.pcapper.n1.lock');

  it('are one: the second is refused, also when the lock file was removed', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const first = await world.agent('n1');
    await world.capture('kept', 'web', { captureFilter: PINGS });
    await world.reaches('kept', 'running');
    for (const remove of [false, true]) {
      if (remove) rmSync(lockFile(world));
      const second = await world.agent('n1', {}, { wait: false });
      expect(await second.exited()).toBe(1);
      expect(second.stderr).toContain('Another agent or engine of n1 is already at work');
    }
    expect(statSync(lockFile(world)).size).toBeGreaterThan(0);
    expect(first.log.some(({ msg }) => msg.includes('taken back'))).toBe(true);
    await pod.ping(4);
    await world.patch('kept', { stop: true });
    const capture = await world.reaches('kept', 'finished');
    expect(capture.status).toMatchObject({ reason: 'Stopped', packets: { captured: 8 } });
    expect(capture.status?.gaps ?? []).toEqual([]);
    expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST)).toBe(4);
  });

  it('that came about while the first was stopped: the first ends as soon as it goes on, and nothing is told twice', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const first = await world.agent('n1');
    await world.capture('taken-over', 'web', { captureFilter: PINGS });
    await world.reaches('taken-over', 'running');
    await pod.ping(5);
    await world.reaches('taken-over', 'running', ({ status }) => status?.packets?.captured === 10);
    first.signal('SIGSTOP');
    rmSync(lockFile(world));
    await world.agent('n1');
    await world.reaches('taken-over', 'running', ({ status }) => (status?.gaps ?? []).length === 1);
    first.signal('SIGCONT');
    expect(await first.exited()).toBe(1);
    expect(first.stderr).toContain('Another agent or engine of n1 is already at work');
    await eventually(async () => (await tcpdumpsOf(world.hostmount.path)) === 1);
    await pod.ping(6);
    await world.patch('taken-over', { stop: true });
    const capture = await world.reaches('taken-over', 'finished');
    expect(capture.status?.gaps).toHaveLength(1);
    expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST)).toBe(11);
    await eventually(async () => (await tcpdumpsOf(world.hostmount.path)) === 0);
    // Events come a moment after the status that they tell of.
    const ends = await eventually(async () => {
      const events = (await world.events(capture)).filter(({ reason }) => reason === 'Finished' || reason === 'Failure');
      return events.length > 0 && events;
    });
    expect(ends).toHaveLength(1);
  });
});
