import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { countPackets } from '../harness/packet-count.ts';
import { CRDS, install } from './install.ts';
import { E2eWorld } from './world/e2e-world.ts';
import { describeOnLocalCluster } from './world/local-parts.ts';

/** A capture of ten packets that goes on. */
async function tenPackets(world: E2eWorld, name: string, spec: object = {}): Promise<string> {
  const [node = ''] = await world.nodes();
  const [web, other] = await Promise.all([world.pod(`web-${name}`, node), world.pod(`other-${name}`, node)]);
  await world.capture(name, { ...world.of(web), captureFilter: 'icmp', ...spec });
  await world.reaches(name, 'running');
  await world.ping(other, web.address, 5);
  await world.reaches(name, 'running', ({ status }) => status?.packets?.captured === 10);
  return node;
}

// The other tests use the installation, too.
describe('an installation', () => {
  afterAll(() => install(inject('cluster')));

  it('that lacks its DaemonSet gets it back, and captures go on', async () => {
    await using world = await E2eWorld.open();
    const node = await tenPackets(world, 'agents-deleted');
    await world.kubectl.run('-n', 'pcapper', 'delete', 'daemonset', 'pcapper');
    await world.reaches('agents-deleted', 'running', ({ status }) => (status?.gaps ?? []).length === 1);
    await world.patch('agents-deleted', { stop: true });
    const capture = await world.reaches('agents-deleted', 'finished');
    expect(capture.status?.node).toBe(node);
    const { folder, files } = await world.copy(capture);
    expect(await countPackets(folder, files)).toBe(10);
  });

  it('that is changed by hand is as its ConfigMap says again', async () => {
    await using world = await E2eWorld.open();
    const image = () => world.kubectl.run('-n', 'pcapper', 'get', 'daemonset', 'pcapper', '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
    const before = await image();
    await world.kubectl.run('-n', 'pcapper', 'set', 'image', 'daemonset/pcapper', 'agent=none/such:1');
    await eventually(async () => (await image()) === before, 60_000);
    await world.kubectl.run('-n', 'pcapper', 'rollout', 'status', 'daemonset/pcapper', '--timeout=180s');
  });
});

describeOnLocalCluster('an uninstallation', (parts) => {
  afterAll(() => install(inject('cluster')));

  it('in the documented order leaves nothing but retained files', async () => {
    let node = '';
    {
      await using world = await E2eWorld.open();
      node = await tenPackets(world, 'removed');
      await tenPackets(world, 'retained', { retainFiles: true });
      await world.kubectl.run('-n', 'pcapper', 'delete', 'pktcapset,pktcap', '--all');
      await eventually(async () => (await world.filesOnNode(node, 'removed')).length === 0, 60_000);
      await world.kubectl.run('delete', '-f', 'deploy/install.yaml', '--wait', '--timeout=180s');
      await world.kubectl.run('delete', ...CRDS, '--wait', '--timeout=60s');
      const left = await world.kubectl.run('get', 'clusterroles,clusterrolebindings,crds,namespaces', '-o', 'name');
      expect(left.split('\n').filter((name) => name.includes('pcapper'))).toEqual([]);
      expect(await parts.onNode(node, 'pgrep', '-l', 'tcpdump|agent.cjs').catch(() => '')).toBe('');
      const files = (await parts.onNode(node, 'find', '/hostmount', '-type', 'f', '-printf', '%f\\n')).split('\n');
      expect(files.filter((file) => /\.pcap\d*$/.test(file))).toEqual([expect.stringMatching(new RegExp(`^${node}\\.retained\\.\\d+\\.pcap0$`))]);
      await install(inject('cluster'));
    }
    await parts.onNode(node, 'find', '/hostmount', '-name', `${node}.retained.*`, '-delete');
  });

  it('that begins with the CRDs loses no file, whether the operator restores them or not', async () => {
    for (const operators of [0, 2]) {
      await using world = await E2eWorld.open();
      const name = `crd-deleted-${operators}`;
      const node = await tenPackets(world, name);
      const before = await world.filesOnNode(node, name);
      await world.kubectl.run('-n', 'pcapper', 'scale', 'deployment/pcapper-operator', `--replicas=${operators}`);
      await world.kubectl.run('-n', 'pcapper', 'rollout', 'status', 'deployment/pcapper-operator', '--timeout=120s');
      await world.kubectl.run('delete', ...CRDS, '--wait=false');
      // Longer than an agent waits before it takes a capture for gone.
      await sleep(20_000);
      expect(await world.filesOnNode(node, name), `with ${operators} operators`).toEqual(before);
      await install(inject('cluster'));
      // That one is found to be gone, as long after as it takes, and the other is not.
      await tenPackets(world, `after-${operators}`);
      await world.kubectl.run('-n', 'pcapper', 'delete', 'pktcap', `after-${operators}`);
      await eventually(async () => (await world.filesOnNode(node, `after-${operators}`)).length === 0, 60_000);
      expect(await world.filesOnNode(node, name), `with ${operators} operators, installed again`).toEqual(before);
      const log = await world.kubectl.run('-n', 'pcapper', 'logs', await world.agentPod(node));
      expect(log.split('\n').filter((line) => line.includes(`"${name}"`)).join('\n')).toContain('it went with its CRD: its files are kept');
      await world.inAgent(node, 'find', '/hostmount', '-name', `${node}.${name}.*`, '-delete');
    }
  });
});
