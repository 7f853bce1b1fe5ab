import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, inject, it } from 'vitest';
import { NAMESPACE } from '../adapters/kubernetes/capture-api.ts';
import { countPackets } from '../harness/packet-count.ts';
import { E2eWorld, type TrafficPod } from './world/e2e-world.ts';

/** As users have it: built. */
const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

async function pcapper(argv: readonly string[], { cwd, kubeconfig = inject('cluster').kubeconfig }: { readonly cwd: string; readonly kubeconfig?: string }) {
  const { exitCode, stderr } = await execa(process.execPath, [PROGRAM, ...argv], { cwd, env: { KUBECONFIG: kubeconfig }, reject: false });
  return { exitCode, said: stderr };
}

/** A kubeconfig of a ServiceAccount of that name, which has these roles in the namespace of the captures. */
async function kubeconfigOf(world: E2eWorld, account: string, roles: readonly string[], folder: string): Promise<string> {
  await world.kubectl.run('-n', world.namespace, 'create', 'serviceaccount', account);
  for (const role of roles) {
    await world.kubectl.run('-n', NAMESPACE, 'create', 'rolebinding', `${world.namespace}-${role}`, `--clusterrole=${role}`, `--serviceaccount=${world.namespace}:${account}`);
  }
  const token = await world.kubectl.run('-n', world.namespace, 'create', 'token', account);
  const config = JSON.parse(await world.kubectl.run('config', 'view', '--raw', '--flatten', '-o', 'json')) as { users: [{ name: string }] };
  const path = join(folder, `${account}.kubeconfig`);
  await writeFile(path, JSON.stringify({ ...config, users: [{ name: config.users[0].name, user: { token } }] }));
  return path;
}

describe('pcapper get on a real cluster', () => {
  async function withTwoPods(body: (world: E2eWorld, folder: string, web: TrafficPod, other: TrafficPod) => Promise<void>): Promise<void> {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    const [web, other] = await Promise.all([world.pod('web', node), world.pod('other', node)]);
    await using folder = await world.scratchFolder();
    await body(world, folder.path, web, other);
  }

  it('fetches what status.message says, with that command', () =>
    withTwoPods(async (world, folder, web, other) => {
      await world.capture('said', { ...world.of(web), captureFilter: 'icmp', maxPackets: 6 });
      await world.reaches('said', 'running');
      await world.ping(other, web.address, 3);
      const { status } = await world.reaches('said', 'finished');
      const command = /npx pcapper (get \S+ -o \S+)/.exec(status?.message ?? '')?.[1] ?? '';
      expect(command).toBe('get said -o said.pcap');
      const { exitCode, said } = await pcapper(command.split(' '), { cwd: folder });
      expect(said).toMatch(/^said\.pcap: 6 packets of said .*\nThat is every packet that was captured\.$/);
      expect(exitCode).toBe(0);
      expect(await readdir(folder)).toEqual(['said.pcap']);
      expect(await countPackets(folder, ['said.pcap'])).toBe(6);
    }));

  it('makes one file of two segments and several ring files, in the order of time', () =>
    withTwoPods(async (world, folder, web, other) => {
      await world.capture('parts', { ...world.of(web), captureFilter: 'icmp', fileCount: 4 });
      await world.reaches('parts', 'running');
      await world.kubectl.run('-n', other.namespace, 'exec', other.name, '--', 'ping', '-n', '-q', '-c', '500', '-s', '1400', '-i', '0.002', web.address);
      const agent = await world.agentPod(web.node);
      await world.kubectl.run('-n', NAMESPACE, 'delete', 'pod', agent, '--wait=true');
      await world.reaches('parts', 'running', ({ status }) => (status?.gaps?.length ?? 0) > 0);
      await world.ping(other, web.address, 10);

      const running = await pcapper(['get', 'parts'], { cwd: folder });
      expect(running).toMatchObject({ exitCode: 1, said: expect.stringContaining('still running') as string });
      const soFar = await pcapper(['get', 'parts', '--so-far', '-o', 'so-far.pcap'], { cwd: folder });
      expect(soFar).toMatchObject({ exitCode: 0, said: expect.stringContaining('this is what there was by now') as string });

      await world.patch('parts', { stop: true });
      const { status } = await world.reaches('parts', 'finished');
      const { exitCode, said } = await pcapper(['get', 'parts'], { cwd: folder });
      expect(said).toContain('That is every packet that was captured.');
      expect(exitCode).toBe(0);
      expect(status?.files?.length).toBeGreaterThan(1);
      expect(await countPackets(folder, ['parts.pcap'])).toBe(status?.packets?.captured);
      const { stdout } = await execa('tcpdump', ['-n', '-tt', '-r', join(folder, 'parts.pcap')]);
      const times = stdout.split('\n').map((line) => Number.parseFloat(line));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }));

  it('serves who has pcapper-files, and tells others what they lack', () =>
    withTwoPods(async (world, folder, web, other) => {
      await world.capture('guarded', { ...world.of(web), captureFilter: 'icmp', maxPackets: 2 });
      await world.reaches('guarded', 'running');
      await world.ping(other, web.address, 1);
      await world.reaches('guarded', 'finished');
      const files = await kubeconfigOf(world, 'files', ['pcapper-files'], folder);
      expect(await pcapper(['get', 'guarded'], { cwd: folder, kubeconfig: files })).toMatchObject({ exitCode: 0 });
      const none = await kubeconfigOf(world, 'none', [], folder);
      const refused = await pcapper(['get', 'guarded', '--force'], { cwd: folder, kubeconfig: none });
      expect(refused.exitCode).toBe(1);
      expect(refused.said).toMatch(/403 Forbidden.*ClusterRole pcapper-files/);
    }));
});
