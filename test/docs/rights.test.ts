import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requires } from '../harness/requirements.ts';
import { CodeBlocks } from './code-blocks.ts';
import { FOR_NODE_OF_ITS_OWN, ON_NODE_OF_ITS_OWN } from './node-of-its-own.ts';

const NOBODY = '65534';
const AS_NOBODY = ['setpriv', '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups'];
/** As docs/capture-from-code.md has it. */
const IN_USER_NAMESPACE = ['unshare', '--user', '--net', '--map-current-user', '--keep-caps', '--', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'];
const AS_ROOT_OF_USER_NAMESPACE = ['unshare', '--user', '--net', '--map-root-user', '--', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'];
const AS_ROOT_WITH = (...names: readonly string[]) => ['--bounding-set', '--inh-caps'].reduce<string[]>((argv, option) => [...argv, option, ['-all', ...names.map((name) => `+${name}`)].join(',')], ['setpriv']);

const ROOT = join(import.meta.dirname, '..', '..');
/** With a folder for captures, and the project where everybody reaches it, wherever it lies. */
const OWN_FOLDERS = `
  user=$1 root=$2
  shift 2
  install -d -m 700 -o "$user" /var/mine
  mkdir /var/project
  mount --bind "$root" /var/project
  for argument do
    shift
    case $argument in "$root"/*) argument=/var/project\${argument#"$root"} ;; esac
    set -- "$@" "$argument"
  done
  cd /
  exec "$@" lo
`;

requires(...FOR_NODE_OF_ITS_OWN, 'user-namespaces').describe('the first capture of docs/capture-from-code.md', () => {
  let blocks: CodeBlocks;
  beforeAll(() => {
    blocks = new CodeBlocks('docs/capture-from-code.md');
    chmodSync(dirname(blocks.path('capture.ts')), 0o755);
  });
  afterAll(() => blocks[Symbol.dispose]());

  const start = (user: string, prefix: readonly string[]) =>
    blocks.run('capture.ts', { prefix: [...ON_NODE_OF_ITS_OWN, 'sh', '-euc', OWN_FOLDERS, 'own-folders', user, ROOT, ...prefix], env: { CAPTURES: '/var/mine' } });

  it.each([
    ['root with the capabilities that are named', '0', AS_ROOT_WITH('net_raw', 'setgid')],
    ['another user with an ambient NET_RAW', NOBODY, [...AS_NOBODY, '--inh-caps', '+net_raw', '--ambient-caps', '+net_raw']],
    ['a user namespace', NOBODY, [...AS_NOBODY, ...IN_USER_NAMESPACE]],
  ])('works as %s', async (_as, user, prefix) => {
    expect(await start(user, prefix)).toMatch(/^capturing on lo\nfinished TimeLimit/);
  });

  it.each([
    ['root without NET_RAW', '0', AS_ROOT_WITH('setgid')],
    ['another user', NOBODY, AS_NOBODY],
    ['root of a user namespace', NOBODY, [...AS_NOBODY, ...AS_ROOT_OF_USER_NAMESPACE]],
  ])('is not permitted as %s', async (_as, user, prefix) => {
    await expect(start(user, prefix)).rejects.toThrow("code: 'CapturePermission'");
  });
});
