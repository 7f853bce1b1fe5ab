import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

/** The veth pair between a Pod and this process's network namespace. */
export interface PodLink {
  /** Device in this process's network namespace. */
  readonly hostDevice: string;
  readonly hostAddress: string;
  /** Of `eth0`. */
  readonly address: string;
}

/** Makes the pair, with `eth0` and its default route in the network namespace of that process. */
export async function plugIn(pid: number, link: PodLink): Promise<void> {
  const { hostDevice, hostAddress } = link;
  await execa('ip', ['link', 'add', hostDevice, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)]);
  await execa('ip', ['addr', 'add', `${hostAddress}/30`, 'dev', hostDevice]);
  await execa('ip', ['link', 'set', hostDevice, 'up']);
  await inside(pid, 'link', 'set', 'lo', 'up');
  await connect(pid, link);
}

/** Removes the pair, both ends; nothing when there is none. */
export async function unplug({ hostDevice }: PodLink): Promise<void> {
  await execa('ip', ['link', 'del', hostDevice], { reject: false });
}

/**
 * Brings `eth0` up, and gives it its address and default route once both ends carry packets: the kernel may take a second
 * for that, and drops until then what it has told the sender to be sent.
 */
export async function connect(pid: number, { hostDevice, hostAddress, address }: PodLink): Promise<void> {
  await inside(pid, 'link', 'set', 'eth0', 'up');
  await untilUp(() => execa('ip', ['link', 'show', hostDevice]));
  await untilUp(() => inside(pid, 'link', 'show', 'eth0'));
  await inside(pid, 'addr', 'replace', `${address}/30`, 'dev', 'eth0');
  await inside(pid, 'route', 'replace', 'default', 'via', hostAddress);
}

/** Takes `eth0` down. */
export async function disconnect(pid: number): Promise<void> {
  await inside(pid, 'link', 'set', 'eth0', 'down');
  // Else its subnet had a route again as soon as it is up.
  await inside(pid, 'addr', 'flush', 'dev', 'eth0');
}

function inside(pid: number, ...argv: string[]) {
  return execa('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...argv]);
}

async function untilUp(look: () => Promise<{ readonly stdout: string }>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if ((await look()).stdout.includes('state UP')) return;
    await sleep(10);
  }
  throw new Error('the link did not come up within 5 s');
}
