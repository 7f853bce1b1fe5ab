import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { requires } from '../harness/requirements.ts';
import { AgentWorld, fileNames } from './agent-world.ts';

const PINGS = 'icmp[icmptype] == icmp-echo or icmp[icmptype] == icmp-echoreply';

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('the agent on a real API server', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it('turns a PacketCapture into files that hold exactly what the Pod sent', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    await world.agent('n1');
    await world.capture('first', 'web', { captureFilter: PINGS });
    await world.reaches('first', 'running');
    await pod.ping(20);
    await pod.sendUdp(5);
    await world.patch('first', { stop: true });
    const capture = await world.reaches('first', 'finished');
    expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST)).toBe(20);
    expect(await countPackets(world.hostmount.path, fileNames(capture))).toBe(40);
    expect(capture.status).toMatchObject({
      node: 'n1',
      reason: 'Stopped',
      interface: 'eth0',
      podUID: pod.uid,
      packets: { captured: 40, received: 40, dropped: 0 },
    });
    expect(world.pcapFiles).toEqual(fileNames(capture));
    const conditions = Object.fromEntries((capture.status?.conditions ?? []).map(({ type, status }) => [type, status]));
    expect(conditions).toEqual({ Accepted: 'True', Capturing: 'False', Complete: 'True', Lossless: 'True' });
    const reasons = await eventually(async () => {
      const events = await world.events(capture);
      return events.length >= 3 && events.map(({ reason }) => reason).sort();
    });
    expect(reasons).toEqual(['Finished', 'Running', 'Scheduled']);
  });

  it('captures a Pod that appears after its capture', async () => {
    await using world = new AgentWorld(api);
    await world.agent('n1');
    await world.capture('early', 'late', { captureFilter: PINGS, maxPackets: 6 });
    const pod = await world.pod('n1', 'late');
    await world.reaches('early', 'running');
    await pod.ping(3);
    const capture = await world.reaches('early', 'finished');
    expect(capture.status?.reason).toBe('PacketLimit');
    expect(await countPackets(world.hostmount.path, fileNames(capture))).toBe(6);
  });

  it('tells a ring that has wrapped', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    await world.agent('n1');
    await world.capture('ring', 'web', { captureFilter: 'udp port 9' });
    await world.reaches('ring', 'running');
    await pod.sendUdp(4000, { bytes: 1000 });
    await world.reaches('ring', 'running', ({ status }) => status?.wrapped === true && status.packets?.captured === 4000);
    await world.patch('ring', { stop: true });
    const { status, ...capture } = await world.reaches('ring', 'finished');
    const held = await countPackets(world.hostmount.path, fileNames({ ...capture, status: status ?? {} }));
    expect(status).toMatchObject({ wrapped: true, packets: { captured: 4000 } });
    expect(held).toBeLessThan(4000);
    expect(held).toBeGreaterThan(900);
    expect(status?.oldestPacketTime).toBeDefined();
    expect(status?.message).toContain('overwritten its oldest packets');
  });

  it('shares 20 captures between two nodes at once: each claimed once, each file exact', async () => {
    await using world = new AgentWorld(api);
    const budget = { MAX_TOTAL_FILESIZE: '1G' };
    await Promise.all([world.agent('n1', budget), world.agent('n2', budget)]);
    const names = Array.from({ length: 20 }, (_, index) => ({ name: `c${index}`, node: index % 2 ? 'n1' : 'n2', pings: 3 + index }));
    const pods = await Promise.all(names.map(({ name, node }) => world.pod(node, `pod-${name}`)));
    await Promise.all(names.map(({ name }) => world.capture(name, `pod-${name}`, { captureFilter: PINGS })));
    await Promise.all(names.map(({ name }) => world.reaches(name, 'running')));
    await Promise.all(pods.map((pod, index) => pod.ping(names[index]?.pings ?? 0)));
    await Promise.all(names.map(({ name }) => world.patch(name, { stop: true })));
    for (const { name, node, pings } of names) {
      const capture = await world.reaches(name, 'finished');
      expect(capture.status).toMatchObject({ node, packets: { captured: 2 * pings, dropped: 0 } });
      expect(fileNames(capture).every((file) => file.startsWith(`${node}.${name}.`))).toBe(true);
      expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST), name).toBe(pings);
      const scheduled = (await world.events(capture)).filter(({ reason }) => reason === 'Scheduled');
      expect(scheduled).toHaveLength(1);
    }
  });

  it('captures one Pod twice at once', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    await world.agent('n1');
    await world.capture('a', 'web', { captureFilter: PINGS });
    await world.capture('b', 'web', { captureFilter: 'icmp[icmptype] == icmp-echo' });
    await Promise.all([world.reaches('a', 'running'), world.reaches('b', 'running')]);
    await pod.ping(10);
    await Promise.all([world.patch('a', { stop: true }), world.patch('b', { stop: true })]);
    expect((await world.reaches('a', 'finished')).status?.packets?.captured).toBe(20);
    expect((await world.reaches('b', 'finished')).status?.packets?.captured).toBe(10);
  });

  it('captures a named interface of its node, and nobody else does', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    await Promise.all([world.agent('n1'), world.agent('n2')]);
    await world.api.make('veth', { targetNamespace: undefined, targetPod: undefined, targetNode: 'n2', targetInterface: pod.hostDevice, captureFilter: PINGS, captureSeconds: 3, maxFileSize: '1M', fileCount: 2 });
    await world.reaches('veth', 'running');
    await pod.ping(5);
    const capture = await world.reaches('veth', 'finished');
    expect(capture.status).toMatchObject({ node: 'n2', reason: 'TimeLimit', interface: pod.hostDevice, packets: { captured: 10 } });
  });

  it('ends as finished when its Pod goes, with what the Pod sent until then', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    await world.agent('n1');
    for (const targetInterface of ['eth0', 'any']) await world.capture(targetInterface, 'web', { targetInterface, captureFilter: 'icmp' });
    await Promise.all([world.reaches('eth0', 'running'), world.reaches('any', 'running')]);
    await pod.ping(7);
    // What the kernel has not handed over when a device is removed is lost.
    for (const name of ['eth0', 'any']) await world.reaches(name, 'running', ({ status }) => status?.packets?.captured === 14);
    await pod.kill();
    for (const name of ['eth0', 'any']) {
      const capture = await world.reaches(name, 'finished');
      expect(capture.status?.reason, name).toBe('TargetGone');
      expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST), name).toBe(7);
    }
  });

  it('removes the files of a deleted capture, unless they are to be retained', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    await world.agent('n1');
    for (const name of ['gone', 'kept']) await world.capture(name, 'web', { captureFilter: PINGS });
    await Promise.all([world.reaches('gone', 'running'), world.reaches('kept', 'running')]);
    await pod.ping(3);
    await world.patch('kept', { retainFiles: true });
    await Promise.all([world.api.delete('gone'), world.api.delete('kept')]);
    await eventually(() => !world.pcapFiles.some((name) => name.includes('.gone.')));
    const kept = world.pcapFiles.filter((name) => name.includes('.kept.'));
    expect(await countPackets(world.hostmount.path, kept, ECHO_REQUEST)).toBe(3);
  });
});
