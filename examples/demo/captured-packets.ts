import { stat } from 'node:fs/promises';
import { execa } from 'execa';
import type { PacketCounts } from './pods/packet-counters.ts';

/** What pcap files hold. */
export interface CapturedPackets extends PacketCounts {
  readonly total: number;
  readonly bytes: number;
  /** Of the first and last packet; seconds since the Unix epoch. */
  readonly times: readonly [first: number, last: number] | undefined;
}

/** Reads pcap files by tcpdump itself: what the library says of them is not asked. */
export async function readCapturedPackets(paths: readonly string[]): Promise<CapturedPackets> {
  const lines = async (filter: string): Promise<string[]> => {
    const reads = paths.map((path) => execa('tcpdump', ['-n', '-tt', '-r', path, '--', filter], { lines: true }));
    return (await Promise.all(reads)).flatMap(({ stdout }) => stdout);
  };
  const [all, echoRequests, echoReplies, tcpSegments, udpDatagrams] = await Promise.all(
    ['', 'icmp[icmptype] == icmp-echo', 'icmp[icmptype] == icmp-echoreply', 'tcp', 'udp'].map(lines),
  );
  const times = (all ?? []).map((line) => Number.parseFloat(line));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const count = (packets: readonly string[] | undefined) => packets?.length ?? 0;
  return {
    total: count(all),
    echoRequests: count(echoRequests),
    echoReplies: count(echoReplies),
    tcpSegments: count(tcpSegments),
    udpDatagrams: count(udpDatagrams),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    times: times.length > 0 ? [Math.min(...times), Math.max(...times)] : undefined,
  };
}
