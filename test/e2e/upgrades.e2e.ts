import { afterAll, expect, inject, it } from 'vitest';
import { type Capture, NAMESPACE } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { countPackets } from '../harness/packet-count.ts';
import { agentsAreRolled, install, VERSION } from './install.ts';
import { EARLIER_VERSION, installEarlierVersion, pathOf, type Stored, storedResources } from './upgrade/earlier-installation.ts';
import { E2eWorld } from './world/e2e-world.ts';
import { describeOnLocalCluster } from './world/local-parts.ts';
import { expectAllButTheGaps, SteadyPing } from './world/steady-ping.ts';

const NEXT_VERSION = '0.0.0-next';

describeOnLocalCluster('an upgrade while captures run', (parts) => {
  afterAll(() => install(inject('cluster')));

  it('of the operator rolls the agents: captures on every node go on, with the gaps that they report', async () => {
    await using world = await E2eWorld.open();
    const nodes = await world.nodes();
    for (const node of nodes) for (const image of ['pcapper/agent', 'pcapper/operator']) await parts.tagImage(node, image, VERSION, NEXT_VERSION);
    const [web, other] = await Promise.all([world.pod('web', nodes[0] ?? ''), world.pod('other', nodes[1] ?? '')]);
    const pings = await SteadyPing.start(world, other, web);
    const captures = { asked: web, asking: other };
    for (const [name, pod] of Object.entries(captures)) await world.capture(name, { ...world.of(pod), captureFilter: 'icmp' });
    for (const name of Object.keys(captures)) await world.reaches(name, 'running');
    await pings.answers(30);
    await install(inject('cluster'), NEXT_VERSION);
    const images = await world.kubectl.run('-n', NAMESPACE, 'get', 'pods', '-o', 'jsonpath={range .items[*]}{.spec.containers[0].image}{"\\n"}{end}');
    expect([...new Set(images.trim().split('\n'))].sort()).toEqual([`pcapper/agent:${NEXT_VERSION}`, `pcapper/operator:${NEXT_VERSION}`]);

    for (const name of Object.keys(captures)) await world.reaches(name, 'running', ({ status }) => status?.gaps?.length === 1);
    await pings.answers(30);
    for (const name of Object.keys(captures)) await world.patch(name, { stop: true });
    const ended: Capture[] = [];
    for (const name of Object.keys(captures)) ended.push(await world.reaches(name, 'finished'));
    const sent = await pings.stop();
    for (const capture of ended) {
      expect(capture.status, capture.metadata.name).toMatchObject({ reason: 'Partial', packets: { dropped: 0 } });
      await expectAllButTheGaps(world, capture, sent);
    }
    expect(ended.map(({ status }) => status?.node)).toEqual(nodes.slice(0, 2));
  });

  it('from the manifests and resources of an earlier version: what is stored reads as before, what runs goes on', async () => {
    await using world = await E2eWorld.open();
    const nodes = await world.nodes();
    const [node1 = '', node2 = ''] = nodes;
    for (const node of nodes) await parts.tagImage(node, 'pcapper/agent', VERSION, EARLIER_VERSION);
    const settings = { MAX_TOTAL_FILESIZE: '256M', MIN_FREE_DISK: '128M' };
    await installEarlierVersion(world, settings);
    const [web, other] = await Promise.all([world.pod('web', node1), world.pod('other', node2)]);
    const pings = await SteadyPing.start(world, other, web);
    const ofWeb = { ...world.of(web), captureFilter: 'icmp' };
    await expect(world.kubectl.apply({ apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name: 'too-new', namespace: NAMESPACE }, spec: { ...ofWeb, targetPodUID: web.uid } })).rejects.toThrow(/unknown field "spec.targetPodUID"/);
    await world.capture('waits', { ...world.of({ name: 'late' }), captureFilter: 'icmp', maxPackets: 2 });
    await world.capture('refused', { ...ofWeb, maxFileSize: '1G', fileCount: 10 });
    await world.capture('ended', { ...ofWeb, maxPackets: 12 });
    await world.capture('goes-on', ofWeb);
    await Promise.all([world.reaches('refused', 'failure'), world.reaches('ended', 'finished'), world.reaches('goes-on', 'running')]);
    await pings.answers(30);
    const stored = await storedResources();
    const paths = new Map([
      ...stored.map(({ kind, metadata: { name } }) => [name, pathOf(kind, name)] as const),
      ...['waits', 'refused', 'ended', 'goes-on'].map((name) => [name, pathOf('PacketCapture', name)] as const),
    ]);
    const read = (name: string) => world.client.get<Stored>(paths.get(name) ?? '');
    const before = new Map(await Promise.all([...paths.keys()].map(async (name) => [name, await read(name)] as const)));
    expect(before.get('stored-set')?.spec).not.toHaveProperty('maxPods');

    await world.kubectl.run('apply', '-f', 'deploy/install.yaml');
    await world.kubectl.run('-n', NAMESPACE, 'rollout', 'status', 'deployment/pcapper-operator', '--timeout=180s');
    await agentsAreRolled((...argv) => world.kubectl.run(...argv), { maxTotalFilesize: '256M' });

    // Settings stay, the CRDs are of this version.
    expect(JSON.parse(await world.kubectl.run('-n', NAMESPACE, 'get', 'configmap', 'pcapper-config', '-o', 'jsonpath={.data}'))).toEqual(settings);
    expect((await read('stored-set')).spec).toMatchObject({ ...before.get('stored-set')?.spec, maxPods: 32 });
    await world.capture('of-one-pod', { ...ofWeb, targetPodUID: web.uid, maxPackets: 4 });
    expect((await world.reaches('of-one-pod', 'finished')).status).toMatchObject({ reason: 'PacketLimit', podUID: web.uid });

    // What ran goes on, what waited is taken.
    await world.reaches('goes-on', 'running', ({ status }) => status?.gaps?.length === 1);
    const late = await world.pod('late', node2);
    await world.reaches('waits', 'running');
    await world.ping(other, late.address, 1);
    expect((await world.reaches('waits', 'finished')).status).toMatchObject({ node: node2, reason: 'PacketLimit' });
    await pings.answers(30);
    await world.patch('goes-on', { stop: true });
    const continued = await world.reaches('goes-on', 'finished');
    expect(continued.status).toMatchObject({ reason: 'Partial', podUID: web.uid, packets: { dropped: 0 } });
    await expectAllButTheGaps(world, continued, await pings.stop());

    // What was stored has the end that its node's loss gives it, or waits; every spec is as it was, and still valid.
    const lost = await world.reaches('stored-running', 'failure');
    expect(lost.status).toMatchObject({ reason: 'NodeLost', node: 'node-left', startTime: '2026-11-20T08:00:00Z' });
    await eventually(async () => (await world.get('stored-waiting')).status?.conditions?.some(({ type, status }) => type === 'TargetFound' && status === 'False'), 60_000);
    await eventually(async () => (await world.get('stored-scheduled')).status?.conditions?.some(({ type, status }) => type === 'AgentReady' && status === 'False'), 60_000);
    expect((await world.get('stored-scheduled')).status).toMatchObject({ progress: 'scheduled', node: 'node-left' });
    for (const [name, path] of paths) {
      expect((await read(name)).spec, name).toMatchObject({ ...before.get(name)?.spec, ...(name === 'goes-on' && { stop: true }) });
      await world.client.patch(path, 'merge', { spec: { ttlSecondsAfterFinished: 86_400 } }, { query: { dryRun: 'All' } });
    }
    // What had ended is untouched, its files as well.
    for (const name of ['stored-finished', 'stored-failed', 'refused', 'ended']) expect(await read(name), name).toEqual(before.get(name));
    expect(await read('stored-set-finished')).toEqual({ ...before.get('stored-set-finished'), spec: { ...before.get('stored-set-finished')?.spec, maxPods: 32 } });
    const { folder, files } = await world.copy(await world.get('ended'));
    expect(await countPackets(folder, files)).toBe(12);
  });
});
