import { describe, expect, it } from 'vitest';
import { differences, type Report } from '../../../examples/demo/report.ts';
import type { PacketCapture, StatusPackets } from '../../../src/api/v1alpha1/index.ts';

const SENT = { echoRequests: 25, echoReplies: 25, tcpSegments: 200, udpDatagrams: 50 };
const HELD = { echoRequests: 25, echoReplies: 25, tcpSegments: 200, udpDatagrams: 0, total: 250, bytes: 23_106, times: [1, 6] } as const;

function report({ held = {}, packets = {} }: { held?: Partial<Report['held']>; packets?: Partial<StatusPackets> } = {}): Report {
  const status = { packets: { captured: 250, received: 250, dropped: 0, ...packets } };
  return { capture: { status } as PacketCapture, files: [], sent: SENT, held: { ...HELD, ...held }, createToRunningMs: 40 };
}

describe('differences between what was sent and what was captured', () => {
  it('are none where file and status agree with the kernel', () => {
    expect(differences(report())).toEqual([]);
  });

  it('are told, each with what was found and what was sent', () => {
    expect(differences(report({ held: { echoRequests: 24, total: 249 } }))).toEqual([
      'ICMP echo requests in the file: 24 instead of 25',
      'packets in the file: 249 instead of 250',
    ]);
    expect(differences(report({ held: { udpDatagrams: 1 } }))).toEqual(['UDP datagrams in the file: 1 instead of 0']);
    expect(differences(report({ packets: { captured: 251, dropped: 1 } }))).toEqual([
      'captured packets in the status: 251 instead of 250',
      'dropped packets in the status: 1 instead of 0',
    ]);
  });
});
