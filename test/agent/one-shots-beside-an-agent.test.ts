import { afterAll, beforeAll, expect, it } from 'vitest';
import { oneShotIdentity } from '../../src/api/one-shot/one-shot-identity.ts';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { OneShotWorld } from '../examples/standalone-agent/one-shot-world.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { requires } from '../harness/requirements.ts';
import { tcpdumpsOf } from '../harness/tcpdumps-of.ts';
import { AgentWorld, fileNames } from './agent-world.ts';

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('one-shots beside the resident agent of their node', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it('share its folder and its budget, and none disturbs another, also when the agent is restarted', async () => {
    await using world = new AgentWorld(api);
    await using shots = new OneShotWorld();
    const HOSTMOUNT = world.hostmount.path;
    const pods = [await world.pod('n1', 'web'), await shots.pod('a'), await shots.pod('b')] as const;
    const agent = await world.agent('n1');
    await world.capture('resident', 'web', { captureFilter: 'icmp' });
    await world.reaches('resident', 'running');
    // Of the same name as the resident's, and as each other.
    const orders = [shots.order(pods[1], {}, { name: 'resident' }), shots.order(pods[2], {}, { name: 'resident' })] as const;
    const one = shots.start(orders[0], { HOSTMOUNT });
    const other = shots.start(orders[1], { HOSTMOUNT });
    for (const shot of [one, other]) await shot.capturing();
    expect(await tcpdumpsOf(HOSTMOUNT)).toBe(3);

    // What all three have reserved is no other's.
    const refused = shots.start(shots.order(pods[1], { maxFileSize: 20_000_000, fileCount: 3 }, { uid: 'one-too-many' }), { HOSTMOUNT });
    expect(await refused.exited()).toBe(1);
    expect(refused.outcome).toMatchObject({ reason: 'DiskBudgetExceeded' });
    const alone = shots.start(shots.order(pods[1], { maxFileSize: 20_000_000, fileCount: 3, maxPackets: 1, seconds: 1 }, { uid: 'alone' }), { MIN_FREE_DISK: '1M' });
    expect(await alone.exited()).toBe(0);

    for (const [index, pod] of pods.entries()) await pod.ping(3 + index);
    await agent.end('SIGTERM');
    expect(await tcpdumpsOf(HOSTMOUNT)).toBe(2);
    // One dies while the agent starts anew: what it left is its own next process's.
    await eventually(async () => (await countPackets(HOSTMOUNT, filesOf(world, orders[0].request.uid), ECHO_REQUEST)) === 4);
    await one.end('SIGKILL');
    await world.agent('n1');
    await world.reaches('resident', 'running', ({ status }) => (status?.gaps ?? []).length === 1);
    const next = shots.start(orders[0], { HOSTMOUNT });
    await next.capturing();
    for (const [index, pod] of pods.entries()) await pod.ping(10 + index);

    expect(await next.end('SIGTERM')).toBe(0);
    expect(await other.end('SIGTERM')).toBe(0);
    await world.patch('resident', { stop: true });
    const resident = await world.reaches('resident', 'finished');
    expect(next.outcome).toMatchObject({ reason: 'Partial', packets: { captured: 2 * (4 + 11) }, gapCount: 1 });
    expect(other.outcome).toMatchObject({ reason: 'Stopped', packets: { captured: 2 * (5 + 12) }, gapCount: 0 });
    expect(resident.status).toMatchObject({ reason: 'Partial', packets: { captured: 2 * (3 + 10) } });
    expect(await countPackets(HOSTMOUNT, fileNames(resident), ECHO_REQUEST)).toBe(13);
    for (const [{ outcome }, pings] of [[next, 15], [other, 17]] as const) {
      expect(await countPackets(HOSTMOUNT, outcome.files.map(({ name }) => name), ECHO_REQUEST)).toBe(pings);
    }

    // The agent removes its own, and nothing else.
    await api.delete('resident');
    await eventually(() => !world.pcapFiles.some((name) => fileNames(resident).includes(name)));
    expect(world.pcapFiles.sort()).toEqual([...next.outcome.files, ...other.outcome.files].map(({ name }) => name).sort());
  });
});

function filesOf(world: AgentWorld, uid: string): string[] {
  const identity = oneShotIdentity('n1', uid);
  return world.pcapFiles.filter((name) => name.startsWith(`${identity}.`));
}
