import type { CaptureEvidence, RunEvidence, SeenStatus, SentPacket } from './evidence.ts';
import { LEAST_PAYLOAD, MARK } from './numbered-packet.ts';

const BEGIN = Date.UTC(2026, 10, 21, 12);
export const SENDER = 7;

/** A time of the evidence, by milliseconds since its begin. */
export function at(ms: number): number {
  return BEGIN + ms;
}

export function timeText(ms: number): string {
  return new Date(at(ms)).toISOString();
}

/** Packets of these numbers, sent one every 10 ms. */
export function sentPackets(first: number, last: number): SentPacket[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).map((number) => ({ number, before: at(number * 10), after: at(number * 10 + 1) }));
}

/** A pcap file (Ethernet, microseconds) of those packets, as a capture of a Pod holds them. */
export function pcapOf(numbers: readonly number[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  return Buffer.concat([header, ...numbers.map((number) => recordOf(number))]);
}

function recordOf(number: number): Buffer {
  const packet = Buffer.alloc(14 + 20 + 8 + LEAST_PAYLOAD);
  packet.writeUInt16BE(0x0800, 12);
  packet[14] = 0x45;
  packet[14 + 9] = 17;
  const payload = packet.subarray(14 + 20 + 8);
  MARK.copy(payload);
  payload.writeUInt32BE(SENDER, MARK.length);
  payload.writeUInt32BE(number, MARK.length + 4);
  const record = Buffer.alloc(16);
  const ms = at(number * 10);
  record.writeUInt32LE(Math.floor(ms / 1000), 0);
  record.writeUInt32LE((ms % 1000) * 1000, 4);
  record.writeUInt32LE(packet.length, 8);
  record.writeUInt32LE(packet.length, 12);
  return Buffer.concat([record, packet]);
}

/** Numbers of a range, both ends included. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** A capture of 400 packets in two files that was stopped, of which nothing is missing. */
export function goodCapture(changes: { readonly status?: Partial<SeenStatus>; readonly files?: ReadonlyMap<string, Uint8Array>; readonly capture?: Partial<CaptureEvidence> } = {}): CaptureEvidence {
  const files = changes.files ?? new Map([['n1.web.1.pcap0', pcapOf(range(0, 199))], ['n1.web.1.pcap1', pcapOf(range(200, 399))]]);
  const status: SeenStatus = {
    progress: 'finished',
    node: 'n1',
    reason: 'Stopped',
    message: 'It was stopped as asked.',
    startTime: timeText(0),
    completionTime: timeText(3_900),
    files: [...files].map(([name, bytes]) => ({ name, bytes: bytes.length })),
    packets: { captured: 400, received: 400, dropped: 0 },
    wrapped: false,
    oldestPacketTime: timeText(0),
    gaps: [],
    conditions: [
      { type: 'Capturing', status: 'False', reason: 'Stopped' },
      { type: 'Complete', status: 'True', reason: 'Stopped' },
      { type: 'Lossless', status: 'True', reason: 'NothingLost' },
    ],
    ...changes.status,
  };
  return {
    name: 'web',
    uid: 'u1',
    asked: { node: 'n1', end: 'stop', seconds: 300, fileBytes: 1_000_000, fileCount: 2, snapLength: 262_144, retainFiles: false },
    sender: SENDER,
    sent: sentPackets(0, 420),
    history: [
      { at: at(-200), status: {} },
      { at: at(-100), status: { progress: 'scheduled', node: 'n1' } },
      { at: at(100), status: { progress: 'running', node: 'n1' } },
      { at: at(5_200), status },
    ],
    runningAt: at(100),
    endAskedAt: at(3_950),
    files,
    afterDeletion: [],
    believable: { partial: false, failures: [], finishes: [] },
    ...changes.capture,
  };
}

export function goodRun(captures: readonly CaptureEvidence[] = [goodCapture()], changes: Partial<RunEvidence> = {}): RunEvidence {
  const leftovers = { processes: [], networkNamespaces: [], locks: [], files: [], reservations: [], descriptors: [] };
  return { captures, doubles: [], resurrections: [], overLimit: [], badExits: [], leftovers, ...changes };
}
