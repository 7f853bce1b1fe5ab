import { join } from 'node:path';
import { execa } from 'execa';

/** Counts packets in files with tcpdump itself: what the product says is not asked. */
export async function countPackets(folder: string, files: readonly string[], filter = ''): Promise<number> {
  let packets = 0;
  for (const file of files) {
    const { stdout } = await execa('tcpdump', ['-n', '-r', join(folder, file), ...(filter ? ['--', filter] : [])]);
    packets += stdout === '' ? 0 : stdout.split('\n').length;
  }
  return packets;
}

/** What a ping of this host sent. */
export const ECHO_REQUEST = 'icmp[icmptype] == icmp-echo';
