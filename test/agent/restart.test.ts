import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { requires } from '../harness/requirements.ts';
import { tcpdumpsOf } from '../harness/tcpdumps-of.ts';
import { AgentWorld, fileNames } from './agent-world.ts';

const PINGS = 'icmp[icmptype] == icmp-echo or icmp[icmptype] == icmp-echoreply';

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('an agent that is restarted', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`goes on after ${signal} in a next segment, loses no file, and tells the gap`, async () => {
      await using world = new AgentWorld(api);
      const pod = await world.pod('n1', 'web');
      const first = await world.agent('n1');
      await world.capture('long', 'web', { captureFilter: PINGS });
      await world.reaches('long', 'running');
      await pod.ping(5);
      // With SIGKILL the last second is lost, which is what a kill may cost.
      await world.reaches('long', 'running', ({ status }) => status?.packets?.captured === 10);
      await first.end(signal);
      await eventually(async () => (await tcpdumpsOf(world.hostmount.path)) === 0);
      expect((await api.get('long')).status?.progress).toBe('running');

      await world.agent('n1');
      await world.reaches('long', 'running', ({ status }) => (status?.gaps ?? []).length === 1);
      await pod.ping(6);
      await world.patch('long', { stop: true });
      const capture = await world.reaches('long', 'finished');
      expect(capture.status?.reason).toBe('Partial');
      expect(capture.status?.gaps).toHaveLength(1);
      expect(capture.status?.message).toContain('the agent was restarted');
      expect(fileNames(capture)).toHaveLength(2);
      expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST)).toBe(11);
      expect(capture.status?.packets?.captured).toBe(22);
    });
  }

  it('tells a ring that had wrapped when it was killed, also when its files are in their order again', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const first = await world.agent('n1');
    await world.capture('ring', 'web', { captureFilter: 'udp port 9' });
    await world.reaches('ring', 'running');
    // Two files of 1 MB: the first, the second, the first, and most of the second again. Not at once, since tcpdump's buffer holds 2 MB.
    for (const sent of [900, 1_800, 2_700, 3_600]) {
      await pod.sendUdp(900, { bytes: 1_000 });
      await world.reaches('ring', 'running', ({ status }) => status?.packets?.captured === sent);
    }
    await first.end('SIGKILL');
    await world.agent('n1');
    await world.reaches('ring', 'running', ({ status }) => (status?.gaps ?? []).length === 1);
    await world.patch('ring', { stop: true });
    const capture = await world.reaches('ring', 'finished');
    expect(await countPackets(world.hostmount.path, fileNames(capture))).toBeLessThan(3_600);
    expect(capture.status).toMatchObject({ wrapped: true, reason: 'Partial' });
  });

  it('ends a capture whose time ran out while it was away, as finished and partial', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const first = await world.agent('n1');
    await world.capture('short', 'web', { captureFilter: PINGS, captureSeconds: 4 });
    await world.reaches('short', 'running');
    await pod.ping(5);
    await world.reaches('short', 'running', ({ status }) => status?.packets?.captured === 10);
    await first.end('SIGKILL');
    const { status } = await api.get('short');
    await eventually(() => Date.now() > Date.parse(status?.startTime ?? '') + 5_000);
    await world.agent('n1');
    const capture = await world.reaches('short', 'finished');
    expect(capture.status?.reason).toBe('Partial');
    expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST)).toBe(5);
  });

  it('ends in order when it is told so while it starts', async () => {
    await using world = new AgentWorld(api);
    const agent = await world.agent('n1', {}, { wait: false });
    await agent.logged(({ msg }) => msg === 'pcapper agent starts');
    expect(await agent.end('SIGTERM')).toBe(0);
  });

  it('never runs a finished capture again', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const first = await world.agent('n1');
    await world.capture('done', 'web', { captureFilter: PINGS, maxPackets: 4 });
    await world.reaches('done', 'running');
    await pod.ping(2);
    const before = await world.reaches('done', 'finished');
    await first.end();
    const second = await world.agent('n1');
    await world.capture('next', 'web', { captureFilter: PINGS, maxPackets: 2 });
    await world.reaches('next', 'running');
    expect((await api.get('done')).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(second.log.some(({ capture, progress }) => capture === 'done' && progress === 'running')).toBe(false);
    expect(world.pcapFiles.filter((name) => name.includes('.done.'))).toEqual(fileNames(before));
  });

  it('goes on capturing when the API server is away at its start, and reports when it is back', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const first = await world.agent('n1');
    await world.capture('through', 'web', { captureFilter: PINGS });
    await world.reaches('through', 'running');
    await first.end();
    await api.server.stop();
    const second = await world.agent('n1', {}, { wait: false });
    await second.logged(({ msg }) => msg === 'pcapper agent is at work');
    await eventually(async () => (await tcpdumpsOf(world.hostmount.path)) === 1);
    await eventually(() => world.begunFiles === 2);
    await pod.ping(9);
    await api.server.restart();
    await world.patch('through', { stop: true });
    const capture = await world.reaches('through', 'finished');
    expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST)).toBe(9);
  });

  it('keeps capturing while the API server is away, and delivers the end', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    await world.agent('n1');
    await world.capture('alone', 'web', { captureFilter: PINGS, maxPackets: 20 });
    await world.reaches('alone', 'running');
    await api.server.stop();
    await pod.ping(10);
    await eventually(async () => (await tcpdumpsOf(world.hostmount.path)) === 0);
    await api.server.restart();
    const capture = await world.reaches('alone', 'finished');
    expect(capture.status).toMatchObject({ reason: 'PacketLimit', packets: { captured: 20 } });
  });
});
