import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { walkThrough } from './walk-through/walk-through.ts';
import { readyNodes } from './world/annotation-agents.ts';
import { E2eWorld, type TrafficPod } from './world/e2e-world.ts';
import { JobsOperator, removeJobsOperator } from './world/jobs-operator.ts';
import { describeOnLocalCluster } from './world/local-parts.ts';

const isEnded = ({ progress }: { readonly progress?: string }) => progress === 'finished' || progress === 'failure';
const isRunning = ({ progress }: { readonly progress?: string }) => progress === 'running';
const names = (files: readonly { readonly name: string }[] = []) => files.map(({ name }) => name);

describe('docs/jobs.md', () => {
  it('tells what happens, command by command', async () => {
    await using world = await E2eWorld.open();
    await using _disks = await readyNodes(await world.nodes());
    try {
      await walkThrough('docs/jobs.md', inject('cluster'), {
        names: { 'DIR=/host/hostmount': 'DIR=/host/captures' },
        // The page has taken it away by then.
        before: { 'kubectl -n packet-capture create role': () => world.kubectl.run('apply', '-k', 'deploy/jobs') },
      });
    } finally {
      await world.kubectl.run('delete', '-f', 'deploy/jobs/samples/ping-deployment.yaml', '--ignore-not-found');
      await removeJobsOperator(world);
    }
  });
});

describe('PacketCaptures by Jobs', () => {
  let world: E2eWorld;
  let operator: JobsOperator;
  let node1 = '';
  let far: TrafficPod;

  beforeAll(async () => {
    world = await E2eWorld.open();
    const [first = '', second = ''] = await world.nodes();
    node1 = first;
    operator = await JobsOperator.deploy(world);
    far = await world.idlePod('far', second);
  });
  afterAll(async () => {
    await operator[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  it('hold what the Pod exchanges, until they are told to stop', async () => {
    const web = await world.idlePod('web', node1);
    await operator.makeOwn('one', web, { captureFilter: 'icmp' });
    expect(await operator.statusOfOwn('one', isRunning)).toMatchObject({ node: node1, dispatcher: 'Job' });
    await world.ping(far, web.address, 20);
    await operator.stopOwn('one');
    const ended = await operator.statusOfOwn('one', isEnded);
    expect(ended).toMatchObject({ progress: 'finished', reason: 'Stopped', interface: 'eth0', packets: { captured: 40, dropped: 0 } });
    expect(await operator.packets(node1, names(ended.files))).toBe(40);
  });

  it('that cannot begin say why, in the words that an agent has', async () => {
    const web = await world.idlePod('odd', node1);
    await operator.makeOwn('odd', web, { targetInterface: 'net9' });
    expect(await operator.statusOfOwn('odd', isEnded)).toMatchObject({ progress: 'failure', reason: 'InterfaceNotFound', message: expect.stringContaining('net9') as string });
  });

  describeOnLocalCluster('that are killed', (parts) => {
    it('go on in the next Pod of their Job, and the gap is told', async () => {
      const web = await world.idlePod('killed', node1);
      await operator.makeOwn('killed', web, { captureFilter: 'icmp' });
      await operator.statusOfOwn('killed', isRunning);
      await world.ping(far, web.address, 5);
      const files = async () => (await parts.onNode(node1, 'find', '/packet-captures', '-name', '*.killed.*.pcap*', '-printf', '%f\\n')).split('\n').filter((name) => name !== '');
      await eventually(async () => (await operator.packets(node1, await files())) === 10, 60_000);
      await parts.onNode(node1, 'pkill', '-KILL', '-f', 'agent.cjs --once');
      // The segment of the next one is another file.
      await eventually(async () => (await files()).length === 2, 120_000);
      await world.ping(far, web.address, 6);
      await operator.stopOwn('killed');
      const ended = await operator.statusOfOwn('killed', isEnded);
      expect(ended).toMatchObject({ progress: 'finished', reason: 'Partial' });
      expect(ended.gaps).toHaveLength(1);
      expect(await operator.packets(node1, names(ended.files))).toBe(22);
    });
  });
});
