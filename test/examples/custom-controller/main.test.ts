import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { CaptureApi } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { AgentWorld } from '../../agent/agent-world.ts';
import { requires } from '../../harness/requirements.ts';
import { createIncident, installIncidents, statusOf } from './install-incidents.ts';

const MAIN = new URL('../../../examples/custom-controller/main.ts', import.meta.url).pathname;

requires('kube-apiserver', 'root', 'tcpdump', 'ip', 'ping', 'nsenter', 'cgroup').describe('the controller', () => {
  it('captures the real packets of a Pod until that is gone, and writes into the Incident where they are', async () => {
    await using api = await CaptureApi.start();
    await installIncidents(api.client);
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web-1');
    const kubeconfig = await api.server.kubeconfigForServiceAccount('default', 'incident-controller');
    const controller = execa(process.execPath, [MAIN], {
      env: { NODE_OPTIONS: '', NODE_NAME: 'n1', CAPTURES: world.hostmount.path, KUBECONFIG: kubeconfig },
      reject: false,
      all: true,
    });
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
});
