import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { userConnection } from '../../src/cli/user-connection.ts';
import { scratchFolder } from '../adapters/disk/scratch-folder.ts';

const configOf = (...names: readonly string[]) =>
  JSON.stringify({
    clusters: names.map((name) => ({ name, cluster: { server: `https://${name}:6443` } })),
    users: [{ name: 'me', user: {} }],
    contexts: names.map((name) => ({ name, context: { cluster: name, user: 'me' } })),
    'current-context': names[0],
  });

it('finds the cluster as kubectl does', async () => {
  const HOME = await scratchFolder();
  const hostOf = async (options: Partial<Parameters<typeof userConnection>[0]> = {}) => (await userConnection({ env: { HOME }, ...options })).server.hostname;
  await expect(hostOf()).rejects.toThrow(/There is no kubeconfig: KUBECONFIG is not set, and .*\/\.kube\/config does not exist\. Name one with --kubeconfig\./);
  const pod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
  await expect(hostOf({ env: { HOME, ...pod } })).rejects.toThrow(/The ServiceAccount in .* cannot be read/);

  await mkdir(join(HOME, '.kube'));
  await writeFile(join(HOME, '.kube', 'config'), configOf('standard', 'spare'));
  await writeFile(join(HOME, 'other'), configOf('by-variable'));
  await writeFile(join(HOME, 'named'), configOf('by-option'));
  const KUBECONFIG = join(HOME, 'other');
  expect(await hostOf()).toBe('standard');
  expect(await hostOf({ env: { HOME, ...pod } })).toBe('standard');
  expect(await hostOf({ context: 'spare' })).toBe('spare');
  expect(await hostOf({ env: { HOME, KUBECONFIG } })).toBe('by-variable');
  expect(await hostOf({ env: { HOME, KUBECONFIG }, kubeconfig: join(HOME, 'named') })).toBe('by-option');
  await expect(hostOf({ context: 'none' })).rejects.toThrow('The kubeconfig has no context "none". It has: standard, spare.');
});

it('takes several files as kubectl does: those that are there, and of two of one name the first', async () => {
  const folder = await scratchFolder();
  const path = (name: string) => join(folder, name);
  await writeFile(path('a'), configOf('one', 'shared'));
  const other = JSON.parse(configOf('shared', 'two')) as { clusters: { cluster: { server: string } }[] };
  for (const { cluster } of other.clusters) cluster.server = 'https://of-b:6443';
  await writeFile(path('b'), JSON.stringify(other));
  const hostOf = async (files: readonly string[], context?: string) =>
    (await userConnection({ env: { KUBECONFIG: files.map(path).join(delimiter) }, context })).server.hostname;
  expect(await hostOf(['gone', 'a'])).toBe('one');
  expect(await hostOf(['a', 'gone', 'b'], 'two')).toBe('of-b');
  expect(await hostOf(['a', 'b'], 'shared')).toBe('shared');
  expect(await hostOf(['b', 'a'], 'shared')).toBe('of-b');
  await expect(hostOf(['gone', 'lost'])).rejects.toThrow(/The kubeconfig ".*gone:.*lost" cannot be read: ENOENT/);
});
