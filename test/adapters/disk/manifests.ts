import { type CaptureManifest, MANIFEST_SCHEMA_VERSION } from '../../../src/core/capture-manifest.ts';
import { DEFAULT_LIMITS } from '../../../src/core/capture-request.ts';
import { captureFileBase } from '../../../src/core/file-names.ts';

export function manifestOf(node: string, name: string, seconds: number, changes: Partial<CaptureManifest> = {}): CaptureManifest {
  const id = captureFileBase(node, name, seconds);
  const target = { kind: 'pod', namespace: 'shop', name: 'web-1', interface: 'eth0' } as const;
  return {
    schemaVersion: MANIFEST_SCHEMA_VERSION,
    id,
    node,
    source: 'PacketCapture',
    request: { uid: `uid-of-${name}`, name, target, filter: 'icmp', limits: { ...DEFAULT_LIMITS, maxPackets: 5 } },
    target: { ...target, uid: 'pod-uid', cgroupUid: 'pod-uid', hostNetwork: false },
    retainFiles: false,
    segments: [
      {
        file: `${id}.pcap`,
        fileCount: 10,
        maxFileSize: 99_000_000,
        started: { at: 1000, uptime: 50.5, bootId: 'boot' },
        device: 'eth0',
        process: { pid: 4711, startTime: '123', bootId: 'boot' },
      },
    ],
    gaps: [],
    state: { kind: 'open' },
    ...changes,
  };
}

/** One that has a name it asked for. */
export function askedManifest(node: string, id: string, changes: Partial<CaptureManifest> = {}): CaptureManifest {
  const { request, segments: [segment], ...manifest } = manifestOf(node, 'shop.web', 1);
  return {
    ...manifest,
    id,
    request: { ...request, slot: 'pod-uid', fileNames: ['capture-web', 'capture-web_shop'] },
    segments: segment ? [{ ...segment, file: `${id}.pcap` }] : [],
    ...changes,
  };
}

/** The same, ended. */
export function closed(manifest: CaptureManifest, { reported = true, completionTime = 2000 } = {}): CaptureManifest {
  const packets = { captured: 3, received: 4, dropped: 1 };
  return {
    ...manifest,
    segments: manifest.segments.map((segment) => ({ ...segment, end: { at: 2000, counters: packets, wrapped: false, interruption: 'it ended' } })),
    gaps: [{ from: 1, to: 2, reason: 'the agent was away' }],
    state: {
      kind: 'closed',
      reported,
      result: {
        packets,
        files: [{ name: `${manifest.id}.pcap0`, bytes: 100 }],
        wrapped: true,
        oldestPacketTime: 1500,
        gaps: [{ from: 1, to: 2, reason: 'the agent was away' }],
        progress: 'finished',
        reason: 'TimeLimit',
        message: 'It ended.',
        interface: 'eth0',
        startTime: 1000,
        completionTime,
      },
    },
  };
}
