import { join } from 'node:path';
import type { PacketCapture } from '../../src/api/v1alpha1/index.ts';
import { type CapturedPackets, readCapturedPackets } from './captured-packets.ts';
import type { PacketCounts } from './pods/packet-counters.ts';
import type { Screen } from './screen.ts';

/** What was sent, and what came of its capture. */
export interface Report {
  readonly capture: PacketCapture;
  /** Absolute path and size of each file. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly sent: PacketCounts;
  readonly held: CapturedPackets;
  readonly createToRunningMs: number;
}

export async function makeReport(capture: PacketCapture, folder: string, sent: PacketCounts, createToRunningMs: number): Promise<Report> {
  const files = (capture.status?.files ?? []).map(({ name, bytes }) => ({ path: join(folder, name), bytes }));
  return { capture, files, sent, held: await readCapturedPackets(files.map(({ path }) => path)), createToRunningMs };
}

/** Where file and status differ from what was sent, a sentence each. The filter leaves UDP out. */
export function differences({ capture, sent, held }: Report): string[] {
  const { captured = 0, dropped = 0 } = capture.status?.packets ?? {};
  const wanted = sent.echoRequests + sent.echoReplies + sent.tcpSegments;
  const checks: readonly (readonly [what: string, found: number, wanted: number])[] = [
    ['ICMP echo requests in the file', held.echoRequests, sent.echoRequests],
    ['ICMP echo replies in the file', held.echoReplies, sent.echoReplies],
    ['TCP segments in the file', held.tcpSegments, sent.tcpSegments],
    ['UDP datagrams in the file', held.udpDatagrams, 0],
    ['packets in the file', held.total, wanted],
    ['captured packets in the status', captured, wanted],
    ['dropped packets in the status', dropped, 0],
  ];
  return checks.flatMap(([what, found, expected]) => (found === expected ? [] : [`${what}: ${found} instead of ${expected}`]));
}

export function showReport(screen: Screen, report: Report): void {
  const { files, sent, held } = report;
  const row = (what: string, sentCount: number | string, heldCount: number | string) =>
    screen.line(`  ${what.padEnd(32)}${String(sentCount).padStart(8)}${String(heldCount).padStart(14)}`);
  screen.line();
  row('', 'sent', 'in the file');
  row('ICMP echo requests', sent.echoRequests, held.echoRequests);
  row('ICMP echo replies', sent.echoReplies, held.echoReplies);
  row('TCP segments, both ways', sent.tcpSegments, held.tcpSegments);
  row('UDP datagrams, not in the filter', sent.udpDatagrams, held.udpDatagrams);
  screen.line();
  screen.line('  "sent" is what the kernel of the Pod counted, "in the file" what tcpdump reads from it.');
  if (held.times) {
    const [first, last] = held.times.map((seconds) => new Date(seconds * 1000).toISOString().slice(11, 23));
    screen.line(`  ${held.total} packets in ${held.bytes} bytes, the first at ${first ?? ''}, the last at ${last ?? ''} UTC.`);
  }
  const found = differences(report);
  screen.line(found.length === 0 ? '  The file holds exactly what was sent.' : `  The file does NOT hold what was sent: ${found.join('; ')}.`);
  screen.line();
  screen.line(files.length === 1 ? 'Look into it:' : 'Look into them:');
  for (const { path } of files) screen.line(`  tcpdump -n -r ${path}`);
}

/** The report as one line of JSON, for programs. */
export function jsonReport({ capture, files, sent, createToRunningMs }: Report): string {
  const { progress, reason, node, interface: device, packets } = capture.status ?? {};
  return JSON.stringify({
    captures: [{ name: capture.metadata.name, progress, reason, node, interface: device, files, packets }],
    sent: { icmpEchoRequests: sent.echoRequests },
    createToRunningMs: Math.round(createToRunningMs),
  });
}
