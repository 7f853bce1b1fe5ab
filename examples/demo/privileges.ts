import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { execa } from 'execa';
import { DemoError } from './demo-error.ts';

/** What the Pods need: namespaces, addresses and veth pairs, packets as tcpdump sees them. Bits of capabilities(7). */
const NEEDED = { SYS_ADMIN: 21, NET_ADMIN: 12, NET_RAW: 13 } as const;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Not as its root: tcpdump would try to become another user there, which such a namespace does not have. */
const OWN_NAMESPACES = ['--user', '--net', '--map-current-user', '--keep-caps', '--'];

/** Settings by which machines keep ordinary users from namespaces, with the value that does. */
const LOCKS = [
  { file: '/proc/sys/user/max_user_namespaces', locked: '0', setting: 'user.max_user_namespaces=15000' },
  { file: '/proc/sys/kernel/unprivileged_userns_clone', locked: '0', setting: 'kernel.unprivileged_userns_clone=1' },
  { file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns', locked: '1', setting: 'kernel.apparmor_restrict_unprivileged_userns=0' },
] as const;

export const isRoot = process.getuid?.() === 0;

/**
 * Whether this process may make Pods.
 * @throws DemoError as root without that: in a container.
 */
export function mayMakePods(): boolean {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  const missing = Object.entries(NEEDED).flatMap(([name, bit]) => ((effective >> BigInt(bit)) & 1n ? [] : [name]));
  if (missing.length > 0 && isRoot) {
    const options = missing.map((name) => `--cap-add ${name}`).join(' ');
    throw new DemoError(`This is root without the capabilities ${missing.join(', ')}, as in a container. Start the container with: docker run ${options} …`);
  }
  return missing.length === 0;
}

/**
 * Runs this program again in a user namespace and a network namespace of its own, where an ordinary user may make Pods.
 * Resolves with its exit code.
 * @throws DemoError where the machine does not allow that.
 */
export async function runInUserNamespace(): Promise<number> {
  const probe = await execa('unshare', [...OWN_NAMESPACES, 'ip', 'link', 'set', 'lo', 'up'], { reject: false, stdin: 'ignore' });
  if (probe.failed) throw new DemoError(howToAllow(probe.stderr || (probe.originalMessage ?? 'unshare failed')));
  // Should this process be killed, the one inside hears of it.
  const program = ['setpriv', '--pdeathsig', 'TERM', process.execPath, ...process.argv.slice(1)];
  const inside = spawn('unshare', [...OWN_NAMESPACES, ...program], { stdio: 'inherit' });
  for (const signal of SIGNALS) process.on(signal, () => inside.kill(signal));
  const [exitCode, signal] = (await once(inside, 'exit')) as [number | null, NodeJS.Signals | null];
  return exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** The network of a namespace that was just made, without which nothing reaches 127.0.0.1. */
export async function bringUpLoopback(): Promise<void> {
  await execa('ip', ['link', 'set', 'lo', 'up'], { stdin: 'ignore' });
}

function howToAllow(reason: string): string {
  const lock = LOCKS.find(({ file, locked }) => read(file) === locked);
  const ways = [...(lock === undefined ? [] : [`sudo sysctl -w ${lock.setting}`]), 'sudo npm run demo'];
  return `An ordinary user may not make namespaces here (${reason.trim()}). Allow it, or run the demo as root:\n${ways.map((way) => `    ${way}`).join('\n')}`;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
