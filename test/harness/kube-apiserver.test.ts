import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { ApiConnection } from './api-connection.ts';
import { KubeApiserver } from './kube-apiserver.ts';
import { requires } from './requirements.ts';

requires('kube-apiserver').describe('KubeApiserver', () => {
  it('serves its administrator, refuses a user without a role, and keeps objects over a restart', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const folder = await (async () => {
      await using api = await KubeApiserver.start();
      expect((await api.request('POST', path, { metadata: { name: 'kept' } })).status).toBe(201);

      const nobody = connectionOf(await api.kubeconfigFor('nobody', ['team/a']), api.url);
      const refused = await nobody.request('GET', path);
      expect(refused.body).toMatchObject({ code: 403, message: expect.stringContaining('User "nobody"') as unknown });

      await api.stop();
      await expect(api.request('GET', path)).rejects.toThrow();
      await api.restart();
      expect((await api.request('GET', `${path}/kept`)).status).toBe(200);
      return api.kubeconfig;
    })();
    expect(existsSync(folder)).toBe(false);
  });

  it('falls silent and comes back', async () => {
    await using api = await KubeApiserver.start();
    await api.pause();
    await expect(api.request('GET', '/version', undefined, { signal: AbortSignal.timeout(500) })).rejects.toThrow();
    api.resume();
    expect((await api.request('GET', '/version')).status).toBe(200);
  });

  it('gives a ServiceAccount its token, and watches', async () => {
    await using api = await KubeApiserver.start();
    const kubeconfig = await api.kubeconfigForServiceAccount('default', 'agent');
    using agent = connectionOf(kubeconfig, api.url);
    const review = await agent.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(review.body).toMatchObject({ status: { userInfo: { username: 'system:serviceaccount:default:agent' } } });

    const configMaps = '/api/v1/namespaces/default/configmaps';
    const { metadata } = (await api.request('GET', configMaps)).body as { metadata: { resourceVersion: string } };
    await api.request('POST', configMaps, { metadata: { name: 'seen' } });
    for await (const event of api.watch(configMaps, { query: { fieldSelector: 'metadata.name=seen', resourceVersion: metadata.resourceVersion } })) {
      expect(event).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'seen' } } });
      break;
    }
  });

  it('lets several run side by side, and leaves no process behind', async () => {
    const started = await Promise.all([KubeApiserver.start(), KubeApiserver.start()]);
    expect(new Set(started.map((api) => api.url)).size).toBe(2);
    await Promise.all(started.map((api) => api[Symbol.asyncDispose]()));
    for (const api of started) {
      const port = new URL(api.url).port;
      const { stdout } = await execa('ps', ['-eo', 'args']);
      expect(stdout).not.toContain(`--secure-port=${port}`);
    }
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends with a test process that is ended by %s', async (signal) => {
    const module = JSON.stringify(new URL('kube-apiserver.ts', import.meta.url).href);
    const script = `const { KubeApiserver } = await import(${module}); const api = await KubeApiserver.start(); console.log(JSON.stringify([api.url, api.caFile]));`;
    const test = spawn(process.execPath, ['--input-type=module', '-e', `${script} setInterval(() => {}, 1000);`], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(test, 'exit');
    const [line] = (await once(test.stdout, 'data')) as [Buffer];
    const [url, caFile] = JSON.parse(String(line)) as [string, string];
    test.kill(signal);
    await ended;
    await expect.poll(() => new ApiConnection(url, undefined).request('GET', '/version').then(() => 'served', () => 'gone'), { timeout: 30_000 }).toBe('gone');
    if (signal === 'SIGTERM') expect(existsSync(caFile)).toBe(false);
    else rmSync(dirname(caFile), { recursive: true });
  });
});

function connectionOf(kubeconfig: string, url: string): ApiConnection {
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: [{ cluster: Record<string, string> }];
    users: [{ user: Record<string, string> }];
  };
  const read = (path: string | undefined) => readFileSync(path ?? '', 'utf8');
  const { user } = config.users[0];
  const ca = read(config.clusters[0].cluster['certificate-authority']);
  if (user['token'] !== undefined) return new ApiConnection(url, { ca, token: user['token'] });
  return new ApiConnection(url, { ca, cert: read(user['client-certificate']), key: read(user['client-key']) });
}
