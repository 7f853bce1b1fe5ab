import { describe, expect, it } from 'vitest';
import { countPackets } from '../harness/packet-count.ts';
import type { Kubectl } from './world/kubectl.ts';
import { E2eWorld } from './world/e2e-world.ts';

/** Binds ClusterRoles to a new user in the namespace of the captures. */
async function user(world: E2eWorld, name: string, ...roles: string[]): Promise<Kubectl & AsyncDisposable> {
  for (const role of roles) await world.kubectl.run('-n', 'pcapper', 'create', 'rolebinding', `${name}-${role}`, `--clusterrole=${role}`, `--user=${name}`);
  return Object.assign(world.kubectl.as(name), {
    async [Symbol.asyncDispose](): Promise<void> {
      for (const role of roles) await world.kubectl.run('-n', 'pcapper', 'delete', 'rolebinding', `${name}-${role}`);
    },
  });
}

describe('roles for people', () => {
  it('pcapper-user: create, read, stop and delete captures, and nothing more', async () => {
    await using world = await E2eWorld.open();
    await using alice = await user(world, 'alice', 'pcapper-user');
    const [node = ''] = await world.nodes();
    const web = await world.pod('web', node);
    const spec = { ...world.of(web), maxFileSize: '1M', fileCount: 2 };
    await alice.apply({ apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name: 'alices', namespace: 'pcapper' }, spec });
    await world.reaches('alices', 'running');
    expect(await alice.run('-n', 'pcapper', 'get', 'pktcap')).toContain('alices');
    await alice.run('-n', 'pcapper', 'patch', 'pktcap', 'alices', '--type=merge', '-p', '{"spec":{"stop":true}}');
    await world.reaches('alices', 'finished');
    await alice.run('-n', 'pcapper', 'delete', 'pktcap', 'alices');

    const may = (await alice.run('-n', 'pcapper', 'auth', 'can-i', '--list', '--no-headers')).split('\n').filter((line) => /\.pcapper\.io|^(pods|secrets|events|configmaps)/.test(line));
    expect(may.map((line) => line.split(/\s+/)[0]).sort()).toEqual(['packetcaptures.pcapper.io', 'packetcapturesets.pcapper.io']);
    for (const refused of [
      ['-n', 'pcapper', 'exec', await world.agentPod(node), '--', 'ls', '/hostmount'],
      ['-n', 'pcapper', 'get', 'pods'],
      ['-n', world.namespace, 'get', 'pktcap'],
      ['-n', 'pcapper', 'patch', 'pktcap', 'x', '--subresource=status', '--type=merge', '-p', '{}'],
      ['-n', 'pcapper', 'delete', 'daemonset', 'pcapper'],
    ]) {
      const { code, text } = await alice.attempt(...refused);
      expect({ code, text }, refused.join(' ')).toEqual({ code: 1, text: expect.stringContaining('Forbidden') as string });
    }
  });

  it('pcapper-files: fetch files, which nobody may without it', async () => {
    await using world = await E2eWorld.open();
    await using bob = await user(world, 'bob', 'pcapper-user', 'pcapper-files');
    await using carol = await user(world, 'carol');
    const [node = ''] = await world.nodes();
    const [web, other] = await Promise.all([world.pod('web', node), world.pod('other', node)]);
    await world.capture('bobs', { ...world.of(web), captureFilter: 'icmp', maxPackets: 4 });
    await world.reaches('bobs', 'running');
    await world.ping(other, web.address, 2);
    const capture = await world.reaches('bobs', 'finished');
    const [file = ''] = (capture.status?.files ?? []).map(({ name }) => name);
    const copy = (to: string) => ['-n', 'pcapper', 'cp', `${agent}:/hostmount/${file}`, to];
    const agent = await world.agentPod(node);
    await using folder = await world.scratchFolder();
    await bob.run(...copy(`${folder.path}/x.pcap`));
    expect(await countPackets(folder.path, ['x.pcap'])).toBe(4);
    for (const refused of [copy(`${folder.path}/y.pcap`), ['-n', 'pcapper', 'get', 'pktcap'], ['-n', 'pcapper', 'delete', 'pktcap', 'bobs']]) {
      const { code, text } = await carol.attempt(...refused);
      expect({ code, text }, refused.join(' ')).toEqual({ code: 1, text: expect.stringContaining('Forbidden') as string });
    }
  });
});
