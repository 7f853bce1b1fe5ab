import { describe, expect, it } from 'vitest';
import type { Capture } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { countPackets } from '../harness/packet-count.ts';
import { E2eWorld } from './world/e2e-world.ts';
import { describeOnLocalCluster } from './world/local-parts.ts';
import { CapturedWorkload } from './world/workload.ts';

/** Resolves once the capture has that condition. */
function told(world: E2eWorld, name: string, type: string, status: string): Promise<Capture> {
  return eventually(async () => {
    const capture = await world.get(name);
    return capture.status?.conditions?.some((condition) => condition.type === type && condition.status === status) === true ? capture : undefined;
  }, 180_000);
}

describe('what no agent can see to', () => {
  it('a target that is not there is told by a condition and one Event, until it is', async () => {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    await world.capture('waits', world.of({ name: 'late' }));
    await world.capture('lost-node', { targetNode: 'no-such-node', targetInterface: 'eth0' });
    await told(world, 'waits', 'TargetFound', 'False');
    const lost = await told(world, 'lost-node', 'TargetFound', 'False');
    expect(lost.status?.conditions?.find(({ type }) => type === 'TargetFound')).toMatchObject({ reason: 'NodeNotFound', message: expect.stringContaining('no node no-such-node') as string });
    await world.pod('late', node);
    const capture = await world.reaches('waits', 'running', ({ status }) => !status?.conditions?.some(({ type, status: value }) => type === 'TargetFound' && value === 'False'));
    const events = (await world.events(capture)).filter(({ reason }) => reason === 'PodNotFound');
    expect(events.map(({ type }) => type)).toEqual(['Warning']);
  });

  it('what has a ttl is removed that long after its end, files and all: a capture, and a set with its captures', async () => {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    const web = await world.pod('web', node);
    await world.capture('brief', { ...world.of(web), ttlSecondsAfterFinished: 2 });
    await world.reaches('brief', 'running');
    expect(await world.filesOnNode(node, 'brief')).toHaveLength(1);
    await world.patch('brief', { stop: true });
    const workload = await CapturedWorkload.create(world, 'Deployment', 'short-lived', 2);
    await workload.capture('brief-set', { ttlSecondsAfterFinished: 2, template: { captureSeconds: 5, maxFileSize: '1M', fileCount: 2 } });
    const left = () => world.kubectl.run('-n', 'pcapper', 'get', 'pktcap,pktcapset', '-o', 'name', '--ignore-not-found');
    await eventually(async () => (await left()) === '', 120_000);
    await eventually(async () => !(await world.inAgent(node, 'ls', '/hostmount')).includes('.brief'), 60_000);
  });
});

describeOnLocalCluster('a node that goes NotReady', (parts) => {
  it('is told by a condition; its captures go on, and end as asked when it is back', async () => {
    await using world = await E2eWorld.open();
    const [node1 = '', node2 = ''] = await world.nodes();
    const [web, other] = await Promise.all([world.pod('web', node2), world.pod('other', node1)]);
    await world.capture('silent-node', { ...world.of(web), captureFilter: 'icmp' });
    await world.reaches('silent-node', 'running');
    await parts.signalKubelet(node2, 'STOP');
    try {
      await told(world, 'silent-node', 'AgentReady', 'False');
      await world.ping(other, web.address, 8);
    } finally {
      await parts.signalKubelet(node2, 'CONT');
    }
    await told(world, 'silent-node', 'AgentReady', 'True');
    await world.patch('silent-node', { stop: true });
    const capture = await world.reaches('silent-node', 'finished');
    const { folder, files } = await world.copy(capture);
    expect(await countPackets(folder, files)).toBe(16);
  });
});
