import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';
import { cgroupHierarchy } from './cgroup.ts';
import { kubeApiserverBinary } from './kube-apiserver-binary.ts';

/** What a test needs from the machine, and why it is skipped where that is missing. */
const CHECKS = {
  root: () => process.getuid?.() === 0 || 'needs root',
  tcpdump: () => onPath('tcpdump') || 'needs tcpdump (apt-get install -y tcpdump)',
  ip: () => onPath('ip') || 'needs ip (apt-get install -y iproute2)',
  ping: () => onPath('ping') || 'needs ping (apt-get install -y iputils-ping)',
  perl: () => onPath('perl') || 'needs perl (apt-get install -y perl)',
  nsenter: () => onPath('nsenter') || 'needs nsenter (apt-get install -y util-linux)',
  cgroup: () => cgroupHierarchy() !== undefined || 'needs a cgroup hierarchy that it may write',
  'user-namespaces': () => readNumber('/proc/sys/user/max_user_namespaces') > 0 || 'needs user namespaces',
  mount: () => runs('unshare', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt') || 'needs the right to mount',
  loop: () => (runs('losetup', '--find') && runs('mkfs.ext4', '-V')) || 'needs a loop device and mkfs.ext4 (apt-get install -y e2fsprogs)',
  'kube-apiserver': () =>
    kubeApiserverBinary() !== undefined || 'needs a kube-apiserver and etcd (npm run setup:kube-apiserver, with Go on PATH)',
} satisfies Record<string, () => true | string>;

export type Requirement = keyof typeof CHECKS;

/** What of these the machine lacks, in words; empty when it has all. */
export function lacking(needed: readonly Requirement[]): readonly string[] {
  return needed.map((name) => CHECKS[name]()).filter((answer) => answer !== true);
}

/** `describe`, skipped visibly (name and reason) where the machine lacks something. With CI set nothing may be skipped: it fails. */
export function requires(...needed: Requirement[]) {
  const missing = lacking(needed);
  return {
    describe(name: string, suite: () => void): void {
      if (missing.length === 0 || process.env['CI']) describe(name, suite);
      else describe.skip(`${name} [skipped: ${missing.join('; ')}]`, suite);
    },
  };
}

function runs(program: string, ...argv: string[]): boolean {
  return spawnSync(program, argv, { stdio: 'ignore' }).status === 0;
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function readNumber(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}
