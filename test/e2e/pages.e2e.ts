import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { NAMESPACE } from '../adapters/kubernetes/capture-api.ts';
import { blocksOf } from '../docs/markdown-blocks.ts';
import { CRDS, install, installShipped } from './install.ts';
import { walkThrough } from './walk-through/walk-through.ts';
import { readyNodes, removeAgents } from './world/annotation-agents.ts';
import { E2eWorld } from './world/e2e-world.ts';
import { removeJobsOperator } from './world/jobs-operator.ts';
import { describeOnLocalCluster } from './world/local-parts.ts';
import { RoomyDisk } from './world/roomy-disk.ts';
import { CapturedWorkload } from './world/workload.ts';

// annotation.md and jobs.md have files of their own.
describeOnLocalCluster('the pages, on a cluster without pcapper, with disks as large as its defaults ask for', (parts) => {
  const cluster = inject('cluster');
  const held = new AsyncDisposableStack();
  let world: E2eWorld;
  let node1 = '';
  let node2 = '';

  const uninstall = async () => {
    await world.kubectl.run('delete', '-f', 'deploy/install.yaml', '--ignore-not-found', '--wait', '--timeout=180s');
    await world.kubectl.run('delete', ...CRDS, '--ignore-not-found', '--wait', '--timeout=60s');
  };

  beforeAll(async () => {
    world = await E2eWorld.open();
    [node1 = '', node2 = ''] = await world.nodes();
    await world.kubectl.run('-n', NAMESPACE, 'delete', 'pktcapset,pktcap', '--all');
    await uninstall();
    held.use(await readyNodes([node1, node2]));
    for (const node of [node1, node2]) held.use(await RoomyDisk.mount(parts, node, '/hostmount', '40G'));
  });
  afterAll(async () => {
    await uninstall();
    await held.disposeAsync();
    await install(cluster);
    await world[Symbol.asyncDispose]();
  });

  it('docs/install.md tells what happens, to the end', async () => {
    const names: Record<string, string> = {};
    const leaveSomething = async () => {
      await world.capture('kept', { targetNode: node1, targetInterface: 'eth0', captureSeconds: 3600 });
      await world.kubectl.apply({ apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCaptureSet', metadata: { name: 'kept', namespace: NAMESPACE }, spec: { targetNamespace: world.namespace, selector: {} } });
      await world.reaches('kept', 'running');
      names['NAME'] = 'kept';
    };
    await walkThrough('docs/install.md', cluster, { names, before: { 'kubectl -n pcapper patch pktcap NAME': leaveSomething } });
    const left = await world.kubectl.run('get', 'clusterroles,clusterrolebindings,crds,namespaces', '-o', 'name');
    expect(left.split('\n').filter((name) => name.includes('pcapper'))).toEqual([]);
    const files = (await parts.onNode(node1, 'ls', '/hostmount')).split('\n');
    expect(files.map((file) => file.replace(/\d+/g, 'N'))).toEqual(['nodeN.kept.N.json', 'nodeN.kept.N.pcapN']);
  });

  it("docs/install.md has an overlay of one's own that Kubernetes takes", async () => {
    await installShipped(cluster);
    await using folder = await world.scratchFolder();
    const overlays = blocksOf('docs/install.md').filter(({ text }) => text.startsWith('# my-pcapper/kustomization.yaml\n'));
    expect(overlays).toHaveLength(1);
    const overlay = join(folder.path, 'my-pcapper');
    await mkdir(overlay);
    await cp('deploy', join(folder.path, 'deploy'), { recursive: true });
    await writeFile(join(overlay, 'kustomization.yaml'), overlays[0]?.text ?? '');
    const images = /registry\.example\.com\/pcapper\/\w+/g;
    expect((await world.kubectl.run('kustomize', overlay)).match(images)?.sort()).toEqual(['registry.example.com/pcapper/agent', 'registry.example.com/pcapper/operator']);
    expect(await world.kubectl.run('apply', '--dry-run=server', '-k', overlay)).toContain('deployment.apps/pcapper-operator configured (server dry run)');
  });

  it('README.md, docs/get.md and docs/operations.md tell what happens', async () => {
    await installShipped(cluster);
    await using shop = await E2eWorld.open();
    const workload = await CapturedWorkload.create(shop, 'Deployment', 'web', 1, 'shop');
    const web = await shop.idlePod('web-1', node1, {}, 'shop');
    await shop.knock(await shop.idlePod('web-1', node2, {}, 'default'), 80);
    const far = await shop.idlePod('far', node2);
    await using folder = await shop.scratchFolder();

    const sendPings = async () => {
      await shop.reaches('web-icmp', 'running');
      await shop.ping(far, web.address, 20);
      await shop.reaches('web-icmp', 'finished');
    };
    const endSet = async () => {
      await shop.kubectl.run('-n', NAMESPACE, 'wait', 'pktcapset/web-https', '--for=condition=Capturing', '--timeout=120s');
      await workload.stop('web-https');
    };
    try {
      await walkThrough('README.md', cluster, {
        names: { '10.0.0.7': far.address, n1: node1, '1795236064': '…', 'pcapper-x7k2p': '…', '1m': '…' },
        before: { 'kubectl -n pcapper get pktcap': sendPings, 'kubectl -n pcapper wait pktcapset/web-https': endSet },
      });
      const { files: [file] = [] } = (await shop.get('web-icmp')).status ?? {};
      await walkThrough('docs/get.md', cluster, {
        names: { '/tmp/': `${folder.path}/`, 'pcapper-x7k2p': await shop.agentPod(node1), 'n1.web-icmp.1795236064.pcap0': file?.name ?? '' },
      });
      await shop.kubectl.apply({ apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCaptureSet', metadata: { name: 'web-icmp', namespace: NAMESPACE }, spec: { targetNamespace: 'shop', selector: {} } });
      await walkThrough('docs/operations.md', cluster, { names: { NAME: 'web-icmp' } });
    } finally {
      await removeJobsOperator(shop);
      await removeAgents(shop);
      await shop.kubectl.run('delete', 'namespace/shop', 'pod/web-1', '--ignore-not-found');
    }
  });
});
