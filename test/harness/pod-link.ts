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
export async function plugIn(pid: number, { hostDevice, hostAddress, address }: PodLink): Promise<void> {
  const ip = (...argv: string[]) => execa('ip', argv);
  const inside = (...argv: string[]) => execa('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...argv]);
  await ip('link', 'add', hostDevice, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
  await ip('addr', 'add', `${hostAddress}/30`, 'dev', hostDevice);
  await ip('link', 'set', hostDevice, 'up');
  await inside('link', 'set', 'lo', 'up');
  await inside('addr', 'add', `${address}/30`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  await inside('route', 'add', 'default', 'via', hostAddress);
}

/** Removes the pair, both ends; nothing when there is none. */
export async function unplug({ hostDevice }: PodLink): Promise<void> {
  await execa('ip', ['link', 'del', hostDevice], { reject: false });
}
