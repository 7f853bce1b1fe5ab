import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  inClusterConnection,
  kubeConfigConnection,
  kubeconfigFileConnection,
  KubernetesClient,
  loadConnection,
} from '../../../src/adapters/kubernetes/index.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { ScriptedApi, sendJson } from './scripted-api.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pcapper-connection-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const podEnv = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

async function serviceAccount(name: string, token: string, ca = 'a CA'): Promise<string> {
  const directory = await mkdtemp(join(folder, name));
  await writeFile(join(directory, 'token'), token);
  await writeFile(join(directory, 'ca.crt'), ca);
  return directory;
}

async function kubeconfig(server: string, user: object = {}): Promise<string> {
  const path = join(await mkdtemp(join(folder, 'kubeconfig')), 'config');
  const named = { name: 'test' };
  await writeFile(
    path,
    JSON.stringify({
      clusters: [{ ...named, cluster: { server } }],
      users: [{ ...named, user }],
      contexts: [{ ...named, context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    }),
  );
  return path;
}

describe('in a Pod', () => {
  test('takes server, CA and token from what the kubelet gives', async () => {
    const directory = await serviceAccount('plain', 'secret\n');
    const connection = await inClusterConnection({ directory, env: podEnv });
    expect(connection.server.href).toBe('https://10.96.0.1/');
    expect(await connection.requestOptions()).toEqual({ ca: 'a CA', headers: { Authorization: 'Bearer secret' } });
  });

  test('takes an IPv6 address', async () => {
    const directory = await serviceAccount('v6', 'secret');
    const connection = await inClusterConnection({ directory, env: { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' } });
    expect(connection.server.host).toBe('[fd00::1]:6443');
  });

  test('uses a rotated token with the next request', async () => {
    const directory = await serviceAccount('rotated', 'first');
    const connection = await inClusterConnection({ directory, env: podEnv });
    await writeFile(join(directory, 'token.new'), 'second');
    await rename(join(directory, 'token.new'), join(directory, 'token'));
    expect(await connection.requestOptions()).toMatchObject({ headers: { Authorization: 'Bearer second' } });
  });

  test('says what is missing outside of a Pod, and without a ServiceAccount', async () => {
    await expect(inClusterConnection({ env: {} })).rejects.toThrow(/This is no Pod.*KUBECONFIG/);
    await expect(inClusterConnection({ directory: join(folder, 'nothing'), env: podEnv })).rejects.toThrow(/ServiceAccount.*automount/);
  });

  test('does not load @kubernetes/client-node', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) });
      const { inClusterConnection, KubernetesClient } = await import(${JSON.stringify(resolve('src/adapters/kubernetes/index.ts'))});
      new KubernetesClient(await inClusterConnection(${JSON.stringify({ directory: await serviceAccount('light', 'x'), env: podEnv })}));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toContain('/adapters/kubernetes/kubeconfig-connection.ts');
    expect(stdout).not.toContain('node_modules');
  });
});

describe('by kubeconfig', () => {
  test('http servers get requests without credentials', async () => {
    await using api = await ScriptedApi.start((_, response) => sendJson(response, 200, {}));
    const connection = await kubeconfigFileConnection(await kubeconfig(api.url, { token: 'secret' }));
    using client = new KubernetesClient(connection);
    await client.get('/version');
    expect(api.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('runs exec plugins', async () => {
    const plugin = join(folder, 'plugin.sh');
    await writeFile(
      plugin,
      `#!/bin/sh\necho '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-plugin"}}'\n`,
      { mode: 0o755 },
    );
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' } };
    const connection = await kubeconfigFileConnection(await kubeconfig('https://127.0.0.1:6443', user));
    expect(await connection.requestOptions()).toMatchObject({ headers: { Authorization: 'Bearer from-plugin' } });
  });

  test('merges several files as KUBECONFIG lists them; the first context counts', async () => {
    const first = await kubeconfig('https://first:6443');
    const second = join(folder, 'second');
    await writeFile(second, JSON.stringify({ ...JSON.parse(await readFile(first, 'utf8')) as object, clusters: [], users: [], contexts: [], 'current-context': 'other' }));
    const connection = await loadConnection({ env: { KUBECONFIG: `${first}:${second}` } });
    expect(connection.server.host).toBe('first:6443');
  });

  test('takes a KubeConfig that the caller has', async () => {
    const connection = kubeConfigConnection({
      getCurrentCluster: () => ({ server: 'https://given:6443' }),
      applyToHTTPSOptions: (options) => {
        options.headers = { Authorization: 'Bearer given' };
        return Promise.resolve();
      },
    });
    expect(connection.server.host).toBe('given:6443');
    expect(await connection.requestOptions()).toEqual({ headers: { Authorization: 'Bearer given' } });
  });

  test('keeps one agent for a proxy', async () => {
    const path = await kubeconfig('https://behind:6443');
    const config = JSON.parse(await readFile(path, 'utf8')) as { clusters: [{ cluster: Record<string, string> }] };
    config.clusters[0].cluster['proxy-url'] = 'http://127.0.0.1:3128';
    await writeFile(path, JSON.stringify(config));
    const connection = await kubeconfigFileConnection(path);
    const [one, two] = [await connection.requestOptions(), await connection.requestOptions()];
    expect(one.agent).toMatchObject({ keepAlive: true });
    expect(one.agent).toBe(two.agent);
  });

  test('names the package that is missing, and how to get it', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier === '@kubernetes/client-node') throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
          return next(specifier, context);
        },
      });
      const { loadConnection } = await import(${JSON.stringify(resolve('src/adapters/kubernetes/index.ts'))});
      await loadConnection({ kubeconfig: '/any' }).catch((error) => console.log(error.code, error.message));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toMatch(/^PackageMissing .*by the package @kubernetes\/client-node, which is not installed. Install it: npm install @kubernetes\/client-node\.$/m);
  });

  test('explains what is wrong', async () => {
    await expect(loadConnection({ kubeconfig: join(folder, 'absent') })).rejects.toThrow(/absent.*cannot be read.*ENOENT.*KUBECONFIG/);
    const empty = join(folder, 'empty');
    await writeFile(empty, '{}');
    await expect(loadConnection({ kubeconfig: empty })).rejects.toThrow(/no current cluster|cannot be read/);
    await expect(loadConnection({ env: {} })).rejects.toThrow(/no Pod/);
  });
});

requires('kube-apiserver').describe('towards a real API server', () => {
  let api: KubeApiserver;
  beforeAll(async () => {
    api = await KubeApiserver.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const whoAmI = async (client: KubernetesClient) => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const answer = await client.create<{ status: { userInfo: { username: string } } }>('/apis/authentication.k8s.io/v1/selfsubjectreviews', review);
    return answer.status.userInfo.username;
  };

  test('client certificates of a kubeconfig', async () => {
    using client = new KubernetesClient(await loadConnection({ kubeconfig: await api.kubeconfigFor('alice') }));
    expect(await whoAmI(client)).toBe('alice');
  });

  test('a ServiceAccount as in a Pod, its token rotated to that of another', async () => {
    const tokenOf = async (name: string) => {
      const config = JSON.parse(await readFile(await api.kubeconfigForServiceAccount('default', name), 'utf8')) as {
        users: [{ user: { token: string } }];
      };
      return config.users[0].user.token;
    };
    const directory = await serviceAccount('real', await tokenOf('one'), await readFile(api.caFile, 'utf8'));
    const { hostname, port } = new URL(api.url);
    using client = new KubernetesClient(
      await loadConnection({ directory, env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port } }),
    );
    expect(await whoAmI(client)).toBe('system:serviceaccount:default:one');
    await writeFile(join(directory, 'token'), await tokenOf('two'));
    expect(await whoAmI(client)).toBe('system:serviceaccount:default:two');
  });

  test('an unknown CA is refused', async () => {
    const directory = await serviceAccount('stranger', 'x', '');
    const { hostname, port } = new URL(api.url);
    const connection = await inClusterConnection({ directory, env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port } });
    using client = new KubernetesClient(connection);
    await expect(client.get('/version')).rejects.toMatchObject({ code: 'ApiConnection' });
  });
});
