import type { PacketCounters } from '../../core/capture-result.ts';

/** What tcpdump said, as far as it means something here (tcpdump 4.99, under LC_ALL=C). */
export type TcpdumpWord =
  | { readonly kind: 'listening'; readonly linkType: string }
  /** Answer to SIGUSR1. */
  | { readonly kind: 'counters'; readonly counters: PacketCounters }
  /** One of the lines that it ends with. */
  | { readonly kind: 'final'; readonly counters: Partial<PacketCounters> }
  | { readonly kind: 'kernel-filter-failed' }
  | { readonly kind: 'interface-disappeared' }
  | { readonly kind: 'other' };

const LISTENING = /listening on \S+, link-type (?<linkType>\S+) \(.*\), snapshot length \d+/;
const COUNTERS =
  /^tcpdump: (?<captured>\d+) packets? captured, (?<received>\d+) packets? received by filter, (?<dropped>\d+) packets? dropped by kernel/;
const FINAL = /^(?<count>\d+) packets? (?<what>captured|received by filter|dropped by kernel)$/;
const FIELDS = { captured: 'captured', 'received by filter': 'received', 'dropped by kernel': 'dropped' } as const;

/**
 * Packets "dropped by interface" are not read. libpcap takes them from /sys/class/net, which is mounted in the agent's
 * network namespace: there the same name is another device.
 */
export function readTcpdumpLine(line: string): TcpdumpWord {
  const listening = LISTENING.exec(line)?.groups?.['linkType'];
  if (listening !== undefined) return { kind: 'listening', linkType: listening };
  const counters = COUNTERS.exec(line)?.groups;
  if (counters) {
    const { captured, received, dropped } = counters;
    return { kind: 'counters', counters: { captured: Number(captured), received: Number(received), dropped: Number(dropped) } };
  }
  const final = FINAL.exec(line)?.groups;
  if (final) return { kind: 'final', counters: { [FIELDS[final['what'] as keyof typeof FIELDS]]: Number(final['count']) } };
  if (line.includes('Kernel filter failed')) return { kind: 'kernel-filter-failed' };
  if (line.includes('The interface disappeared')) return { kind: 'interface-disappeared' };
  return { kind: 'other' };
}
