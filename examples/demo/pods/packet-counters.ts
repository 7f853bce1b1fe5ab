import { readFileSync } from 'node:fs';
import type { DemoPod } from './demo-pod.ts';

/** Packets between the Pods, by kind. */
export interface PacketCounts {
  readonly echoRequests: number;
  readonly echoReplies: number;
  readonly tcpSegments: number;
  readonly udpDatagrams: number;
}

/**
 * What the kernel has counted in the network namespace of a Pod that sends the pings, both directions of TCP included
 * (/proc/PID/net/snmp; the counters of RFC 2011, 4022 and 4113).
 */
export function packetCounters({ pid }: DemoPod): PacketCounts {
  const table = readFileSync(`/proc/${pid}/net/snmp`, 'utf8');
  const of = (protocol: string) => {
    const [names = [], values = []] = [...table.matchAll(new RegExp(`^${protocol}: (.*)$`, 'gm'))].map(([, row = '']) => row.split(' '));
    return (name: string) => {
      const value = values[names.indexOf(name)];
      if (value === undefined) throw new Error(`/proc/${pid}/net/snmp has no ${protocol} ${name}`);
      return Number(value);
    };
  };
  const [icmp, tcp, udp] = [of('Icmp'), of('Tcp'), of('Udp')];
  return {
    echoRequests: icmp('OutEchos'),
    echoReplies: icmp('InEchoReps'),
    tcpSegments: tcp('InSegs') + tcp('OutSegs') + tcp('RetransSegs'),
    udpDatagrams: udp('OutDatagrams'),
  };
}
