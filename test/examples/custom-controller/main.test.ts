import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { CaptureApi } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { ScriptedApi } from '../../adapters/kubernetes/scripted-api.ts';
import { AgentWorld } from '../../agent/agent-world.ts';
import { kubeconfigOf } from '../../harness/kubeconfig.ts';
import { requires } from '../../harness/requirements.ts';
import { createIncident, installIncidents, statusOf } from './install-incidents.ts';

const MAIN = new URL('../../../examples/custom-controller/main.ts', import.meta.url).pathname;

function startController(kubeconfig: string, folder: string) {
  return execa(process.execPath, [MAIN], { env: { NODE_OPTIONS: '', NODE_NAME: 'n1', CAPTURES: folder, KUBECONFIG: kubeconfig }, reject: false, all: true });
}

requires('kube-apiserver', 'root', 'tcpdump', 'ip', 'ping', 'nsenter', 'cgroup').describe('the controller', () => {
  it('captures the real packets of a Pod until that is gone, and writes into the Incident where they are', async () => {
    await using api = await CaptureApi.start();
    await installIncidents(api.client);
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web-1');
    const kubeconfig = await api.server.kubeconfigForServiceAccount('incident-controller', 'incident-controller');
    const controller = startController(kubeconfig, world.hostmount.path);
    try {
      await createIncident(api.client, 'slow');
      const status = await Promise.race([eventually(() => statusOf(api.client, 'slow'), 60_000), controller.then(({ all }) => Promise.reject(new Error(all)))]);
      expect(status).toMatchObject({ phase: 'Capturing', node: 'n1' });
      await pod.ping(5);
      await pod.kill();
      const ended = await eventually(async () => {
        const now = (await statusOf(api.client, 'slow')) as { readonly phase: string; readonly files: readonly string[]; readonly packets: number };
        return now.phase === 'Capturing' ? undefined : now;
      }, 120_000);
      expect(ended).toMatchObject({ phase: 'Captured', reason: 'TargetGone' });
      expect(ended.packets).toBeGreaterThanOrEqual(10);
      expect(ended.files.map((file) => existsSync(file))).toEqual([true]);
    } finally {
      controller.kill('SIGTERM');
      expect(await controller).toMatchObject({ exitCode: 0 });
    }
  }, 300_000);

  it('ends when it is asked to, also while the API server is away', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pcapper-incidents-'));
    const asked = Promise.withResolvers<undefined>();
    await using api = await ScriptedApi.start(() => asked.resolve(undefined));
    try {
      await writeFile(join(folder, 'kubeconfig'), kubeconfigOf(api, {}));
      const controller = startController(join(folder, 'kubeconfig'), folder);
      await Promise.race([asked.promise, controller.then(({ all }) => Promise.reject(new Error(all)))]);
      controller.kill('SIGTERM');
      expect(await controller).toMatchObject({ exitCode: 0 });
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 60_000);

  it('that was killed goes on with its captures', async () => {
    await using api = await CaptureApi.start();
    await installIncidents(api.client);
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web-1');
    const files = async () => (await readdir(world.hostmount.path)).filter((name) => /\.pcap\d+$/.test(name));
    const kubeconfig = await api.server.kubeconfigForServiceAccount('incident-controller', 'incident-controller');
    const killed = startController(kubeconfig, world.hostmount.path);
    await createIncident(api.client, 'slow');
    await eventually(() => statusOf(api.client, 'slow'), 60_000);
    killed.kill('SIGKILL');
    await killed;
    const next = startController(kubeconfig, world.hostmount.path);
    try {
      await Promise.race([eventually(async () => (await files()).length === 2, 60_000), next.then(({ all }) => Promise.reject(new Error(all)))]);
      await pod.kill();
      const isCaptured = async () => JSON.stringify(await statusOf(api.client, 'slow')).includes('"Captured"');
      await eventually(isCaptured, 60_000);
      expect(await statusOf(api.client, 'slow')).toMatchObject({ reason: 'Partial', files: [expect.any(String), expect.any(String)] });
    } finally {
      next.kill('SIGTERM');
      expect(await next).toMatchObject({ exitCode: 0 });
    }
  }, 300_000);
});
