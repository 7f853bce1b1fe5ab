import type { CaptureTarget } from './capture-target.ts';

/** What is asked for: validated, with units resolved. Knows no Kubernetes object. */
export interface CaptureRequest {
  /** Identity. Two requests with the same name but different uids are two requests. */
  readonly uid: string;
  /** Used in file names and messages: letters, digits, `.` and `-` only, as Kubernetes names are. */
  readonly name: string;
  readonly target: CaptureTarget;
  /** A pcap-filter(7) expression. Default: every packet. */
  readonly filter?: string;
  readonly limits: CaptureLimits;
}

/** Where a capture ends, and how much it keeps. */
export interface CaptureLimits {
  /** Time limit in seconds. Absent: until it is stopped. */
  readonly seconds?: number;
  /** Size of one ring file in bytes: a whole multiple of {@link MEGABYTE}, which is what tcpdump's `-C` takes. */
  readonly maxFileSize: number;
  /** Number of files in the ring. With 1 the only file starts empty at each wrap. */
  readonly fileCount: number;
  /** Ends the capture after that many packets. Absent: no such limit. */
  readonly maxPackets?: number;
  /** Bytes kept of each packet. */
  readonly snapLength: number;
}

/** The unit of tcpdump's `-C`: 1,000,000 bytes (tcpdump(1)). */
export const MEGABYTE = 1_000_000;

/** What applies where a request says nothing. */
export const DEFAULT_LIMITS = {
  seconds: 600,
  maxFileSize: 100 * MEGABYTE,
  fileCount: 10,
  snapLength: 262_144,
} as const satisfies CaptureLimits;

/** Bytes that libpcap writes ahead of a file's packets, and ahead of each packet (pcap-savefile(5)). */
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/**
 * The most bytes that a ring can occupy. tcpdump looks at the size before it writes a packet, so each file may
 * exceed `maxFileSize` by its last packet.
 */
export function ringBytes(limits: Pick<CaptureLimits, 'maxFileSize' | 'fileCount' | 'snapLength'>): number {
  return limits.fileCount * (limits.maxFileSize + FILE_HEADER_BYTES + RECORD_HEADER_BYTES + limits.snapLength);
}
