import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { E2eWorld } from './world/e2e-world.ts';
import { nodeDevice } from './world/node-device.ts';

const WHOLE_WAY = ['none', 'scheduled', 'running', 'finished'];

describe('captures on a real cluster', () => {
  it('captures a Pod, filtered by protocol and host: what it exchanged with that host, and nothing else', async () => {
    await using world = await E2eWorld.open();
    const [node1 = '', node2 = ''] = await world.nodes();
    const [web, near, far] = await Promise.all([world.pod('web', node1), world.pod('near', node1), world.pod('far', node2)]);
    const history = await world.follow('pod-icmp');
    await world.capture('pod-icmp', { ...world.of(web), captureFilter: `icmp and host ${far.address}`, captureSeconds: '120' });
    await world.reaches('pod-icmp', 'running');
    await world.ping(far, web.address, 20);
    await world.ping(near, web.address, 7);
    await world.talk(far, web.address, 5);
    await world.patch('pod-icmp', { stop: true });
    const capture = await world.reaches('pod-icmp', 'finished');

    expect(await history()).toEqual(WHOLE_WAY);
    expect(capture.status).toMatchObject({ node: node1, reason: 'Stopped', podUID: web.uid, interface: 'eth0', packets: { captured: 40, received: 40, dropped: 0 } });
    const { folder, files } = await world.copy(capture);
    expect(files).toEqual([expect.stringMatching(new RegExp(`^${node1}\\.pod-icmp\\.\\d{10}\\.pcap0$`))]);
    expect(await world.filesOnNode(node1, 'pod-icmp')).toEqual(files);
    expect(await world.filesOnNode(node2, 'pod-icmp')).toEqual([]);
    expect(await countPackets(folder, files)).toBe(40);
    expect(await countPackets(folder, files, `${ECHO_REQUEST} and src ${far.address} and dst ${web.address}`)).toBe(20);
    const reasons = await eventually(async () => {
      const events = await world.events(capture);
      return events.length >= 3 ? events.map(({ reason, type }) => `${type} ${reason}`).sort() : undefined;
    });
    expect(reasons).toEqual(['Normal Finished', 'Normal Running', 'Normal Scheduled']);
  });

  it('captures a named interface of a node, and nobody else does', async () => {
    await using world = await E2eWorld.open();
    const [node1 = '', node2 = ''] = await world.nodes();
    const [here, there] = await Promise.all([world.pod('here', node2), world.pod('there', node1)]);
    const targetInterface = await nodeDevice(world, here);
    const history = await world.follow('node-tcp');
    await world.capture('node-tcp', { targetNode: node2, targetInterface, captureFilter: `icmp[icmptype] == icmp-echo and host ${here.address}` });
    await world.reaches('node-tcp', 'running');
    await world.ping(there, here.address, 11);
    await world.patch('node-tcp', { stop: true });
    const capture = await world.reaches('node-tcp', 'finished');
    expect(await history()).toEqual(WHOLE_WAY);
    expect(capture.status).toMatchObject({ node: node2, reason: 'Stopped', interface: targetInterface, packets: { captured: 11, dropped: 0 } });
    const { folder, files } = await world.copy(capture);
    expect(files.every((file) => file.startsWith(`${node2}.node-tcp.`))).toBe(true);
    expect(await countPackets(folder, files, ECHO_REQUEST)).toBe(11);
    expect(await world.filesOnNode(node1, 'node-tcp')).toEqual([]);
  });

  it('names in status.message a command that fetches the file', async () => {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    const [web, other] = await Promise.all([world.pod('web', node), world.pod('other', node)]);
    await world.capture('fetched', { ...world.of(web), captureFilter: 'icmp', maxPackets: 6 });
    await world.reaches('fetched', 'running');
    await world.ping(other, web.address, 3);
    const capture = await world.reaches('fetched', 'finished');
    const [, ...command] = /kubectl (-n \S+) (cp) (\S+) (\S+)/.exec(capture.status?.message ?? '') ?? [];
    const [namespace = '', verb = '', from = '', to = ''] = command;
    await using folder = await world.scratchFolder();
    await world.kubectl.run(...namespace.split(' '), verb, from, `${folder.path}/${to}`);
    expect(await countPackets(folder.path, await readdir(folder.path))).toBe(6);
  });

  it('captures one Pod twice at once', async () => {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    const [web, other] = await Promise.all([world.pod('web', node), world.pod('other', node)]);
    await world.capture('both', { ...world.of(web), captureFilter: 'icmp' });
    await world.capture('asks', { ...world.of(web), captureFilter: ECHO_REQUEST });
    await Promise.all([world.reaches('both', 'running'), world.reaches('asks', 'running')]);
    await world.ping(other, web.address, 10);
    await Promise.all([world.patch('both', { stop: true }), world.patch('asks', { stop: true })]);
    expect((await world.reaches('both', 'finished')).status?.packets?.captured).toBe(20);
    expect((await world.reaches('asks', 'finished')).status?.packets?.captured).toBe(10);
  });

  it('shares 20 captures between two nodes at once: each stopped by kubectl, each file exact', async () => {
    await using world = await E2eWorld.open();
    const nodes = await world.nodes();
    const pods = await Promise.all(nodes.flatMap((node, on) => [0, 1].map((number) => world.pod(`web-${on}-${number}`, node))));
    const asker = await world.pod('asker', nodes[0] ?? '');
    const captures = Array.from({ length: 20 }, (_, index) => ({ name: `c${index}`, pod: pods[index % pods.length] ?? asker }));
    await Promise.all(captures.map(({ name, pod }) => world.capture(name, { ...world.of(pod), captureFilter: 'icmp' })));
    for (const { name } of captures) await world.reaches(name, 'running');
    for (const [index, pod] of pods.entries()) await world.ping(asker, pod.address, 5 + index);
    for (const { name } of captures) await world.patch(name, { stop: true });
    await world.kubectl.run('-n', 'pcapper', 'wait', '--for=condition=Complete', '--timeout=120s', ...captures.map(({ name }) => `pktcap/${name}`));
    for (const [index, { name, pod }] of captures.entries()) {
      const packets = 2 * (5 + (index % pods.length));
      const capture = await world.get(name);
      expect(capture.status, name).toMatchObject({ progress: 'finished', node: pod.node, packets: { captured: packets, dropped: 0 } });
      const { folder, files } = await world.copy(capture);
      expect(await countPackets(folder, files), name).toBe(packets);
    }
  });

  it('removes the files of a deleted capture, unless they are to be retained', async () => {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    const [web, other] = await Promise.all([world.pod('web', node), world.pod('other', node)]);
    for (const name of ['gone', 'kept']) await world.capture(name, { ...world.of(web), captureFilter: 'icmp', retainFiles: name === 'kept' });
    await Promise.all([world.reaches('gone', 'running'), world.reaches('kept', 'running')]);
    await world.ping(other, web.address, 3);
    await world.kubectl.run('-n', 'pcapper', 'delete', 'pktcap', 'gone', 'kept');
    await eventually(async () => (await world.filesOnNode(node, 'gone')).length === 0, 60_000);
    const kept = await world.filesOnNode(node, 'kept');
    expect(await countPackets(await world.copyFiles(node, kept), kept)).toBe(6);
    await world.inAgent(node, 'find', '/hostmount', '-name', `${node}.kept.*`, '-delete');
  });
});

describe('Pods that come and go', () => {
  it('a Pod that is deleted meanwhile ends its capture, with all that it sent', async () => {
    await using world = await E2eWorld.open();
    const [node1 = '', node2 = ''] = await world.nodes();
    const [web, other] = await Promise.all([world.pod('web', node2), world.pod('other', node1)]);
    await world.capture('cut-short', { ...world.of(web), captureFilter: 'icmp' });
    await world.reaches('cut-short', 'running');
    await world.ping(other, web.address, 9);
    // What the kernel has not handed over when a device is removed is lost.
    await world.reaches('cut-short', 'running', ({ status }) => status?.packets?.captured === 18);
    await world.kubectl.run('-n', world.namespace, 'delete', 'pod', 'web');
    const capture = await world.reaches('cut-short', 'finished');
    expect(capture.status).toMatchObject({ node: node2, reason: 'TargetGone' });
    const { folder, files } = await world.copy(capture);
    expect(await countPackets(folder, files)).toBe(18);
  });

  it('a Pod that comes 20 s after its capture is captured from its start on', async () => {
    await using world = await E2eWorld.open();
    const [node1 = '', node2 = ''] = await world.nodes();
    const other = await world.pod('other', node1);
    await world.capture('early', { ...world.of({ name: 'late' }), captureFilter: 'icmp', maxPackets: 8 });
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    expect((await world.get('early')).status?.progress).toBeUndefined();
    const late = await world.pod('late', node2);
    await world.reaches('early', 'running');
    await world.ping(other, late.address, 4);
    const capture = await world.reaches('early', 'finished');
    expect(capture.status).toMatchObject({ node: node2, reason: 'PacketLimit' });
    const { folder, files } = await world.copy(capture);
    expect(await countPackets(folder, files)).toBe(8);
  });
});
