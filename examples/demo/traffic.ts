import { once } from 'node:events';
import { join } from 'node:path';
import type { DemoPod } from './pods/demo-pod.ts';
import type { JoinedPods } from './pods/joined-pods.ts';
import { packetCounters, type PacketCounts } from './pods/packet-counters.ts';

export const TCP_PORT = 8080;
export const UDP_PORT = 9000;

/** Not shorter: older versions of ping refuse it to ordinary users. */
const PING_INTERVAL_S = 0.2;

/** What is sent, in actions. */
export const PLAN = { pings: 25, exchanges: 20, datagrams: 50 } as const;

export type TrafficProgress = { -readonly [K in keyof typeof PLAN]: number };

/** Starts what answers TCP and takes UDP; resolves when it does. It ends with the Pod. */
export async function startServer(pod: DemoPod): Promise<void> {
  const server = pod.run(process.execPath, [join(import.meta.dirname, 'pods', 'server.ts'), String(TCP_PORT), String(UDP_PORT)]);
  await Promise.race([once(server.stdout, 'data'), server]);
}

/**
 * Pings, TCP exchanges and UDP datagrams from the client to the server.
 * Resolves with what the kernel of the client's Pod has counted of them.
 */
export async function sendTraffic({ client, server }: JoinedPods, moved: (progress: TrafficProgress) => void, signal: AbortSignal): Promise<PacketCounts> {
  const progress: TrafficProgress = { pings: 0, exchanges: 0, datagrams: 0 };
  const before = packetCounters(client);
  const ping = client.run('ping', ['-n', '-c', String(PLAN.pings), '-i', String(PING_INTERVAL_S), server.address], signal);
  const milliseconds = PLAN.pings * PING_INTERVAL_S * 1000;
  const talk = [server.address, ...[TCP_PORT, PLAN.exchanges, UDP_PORT, PLAN.datagrams, milliseconds].map(String)];
  const conversation = client.run(process.execPath, [join(import.meta.dirname, 'pods', 'client.ts'), ...talk], signal);
  const count = async (lines: AsyncIterable<unknown>, actionOf: (line: string) => keyof TrafficProgress | undefined) => {
    for await (const line of lines) {
      const action = actionOf(String(line));
      if (action === undefined) continue;
      progress[action] += 1;
      moved(progress);
    }
  };
  await Promise.all([
    count(ping, (line) => (line.includes('icmp_seq=') ? 'pings' : undefined)),
    count(conversation, (line) => ({ tcp: 'exchanges', udp: 'datagrams' } as const)[line]),
  ]);
  const after = packetCounters(client);
  return {
    echoRequests: after.echoRequests - before.echoRequests,
    echoReplies: after.echoReplies - before.echoReplies,
    tcpSegments: after.tcpSegments - before.tcpSegments,
    udpDatagrams: after.udpDatagrams - before.udpDatagrams,
  };
}
