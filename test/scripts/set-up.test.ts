import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requires } from '../harness/requirements.ts';

const SET_UP = join(import.meta.dirname, '..', '..', 'scripts', 'set-up.mjs');
const FOR_ALL = ['tcpdump', 'ip', 'ping', 'nsenter', 'setpriv', 'flock', 'timeout', 'npm', 'sh'];
const FOR_A_CLUSTER = ['etcd', 'ctr', 'runc', 'openssl', 'pkill', 'mkfs.ext4', 'debootstrap'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pcapper-set-up-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What it says to an ordinary user on whose PATH are only these programs. */
async function setUp(purpose: string, programs: readonly string[], environment = {}): Promise<string> {
  for (const program of programs) symlinkSync('/bin/true', join(folder, program));
  const asUser = ['--user', '--map-user=1000', '--map-group=1000', '--', process.execPath, SET_UP, purpose];
  const { stderr } = await execa('/usr/bin/unshare', asUser, { extendEnv: false, env: { PATH: `${folder}:${dirname(process.execPath)}`, ...environment } });
  return stderr;
}

requires('user-namespaces').describe('what the set-up names to an ordinary user', () => {
  it('for the e2e tests: what their cluster and its images are made with', async () => {
    expect(await setUp('e2e', [...FOR_ALL, ...FOR_A_CLUSTER])).toMatch(
      /^Not found: containerd, (.*, )?buildah\. Install with \(as root\):\n {4}apt-get update && apt-get install -y --no-install-recommends containerd (.* )?buildah\nTests that need them are skipped/,
    );
  });

  it('for the e2e tests beside docker and somebody else’s cluster: nothing', async () => {
    expect(await setUp('e2e', [...FOR_ALL, 'docker'], { KUBECONFIG: '/anywhere' })).not.toContain('Not found');
  });

  it('for the other tests: nothing of a cluster', async () => {
    expect(await setUp('test', FOR_ALL)).not.toContain('Not found');
  });
});
