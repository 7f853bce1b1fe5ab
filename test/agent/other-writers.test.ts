import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureApi, CAPTURES } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { requires } from '../harness/requirements.ts';
import { AgentWorld } from './agent-world.ts';

requires('root', 'tcpdump', 'ip', 'cgroup', 'kube-apiserver').describe('a running capture whose status somebody else writes', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it.each([
    ['gives it to another node', 'n2', { op: 'replace', path: '/status/node', value: 'n2' }],
    ['takes it from its node', undefined, { op: 'remove', path: '/status/node' }],
  ])('who %s: ends, silently, with its files kept', async (_, node, change) => {
    await using world = new AgentWorld(api);
    await world.pod('n1', 'web');
    const agent = await world.agent('n1');
    await world.capture('moved', 'web');
    await world.reaches('moved', 'running');
    await api.client.patch(`${CAPTURES}/moved/status`, 'json', [change]);
    await agent.logged(({ msg }) => msg === 'tcpdump ended');
    const { status } = await api.get('moved');
    expect(status?.progress).toBe('running');
    expect(status?.node).toBe(node);
    expect(world.pcapFiles).toHaveLength(1);
  });

  it('who calls its node lost: is finished by that node', async () => {
    await using world = new AgentWorld(api);
    await world.pod('n1', 'web');
    await world.agent('n1');
    await world.capture('lost', 'web');
    const { status } = await world.reaches('lost', 'running');
    await api.assign('lost', { ...status, progress: 'failure', reason: 'NodeLost', message: 'The node is gone.' });
    await world.reaches('lost', 'finished');
    await eventually(() => world.pcapFiles.length === 1);
  });
});
