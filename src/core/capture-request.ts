import type { CaptureTarget } from './capture-target.ts';

/** What is asked for: validated, with units resolved. Knows no Kubernetes object. */
export interface CaptureRequest {
  /** Identity: 1 to 128 letters, digits, `.`, `_` and `-`, of which the first is a letter or digit. Two requests with the same name but different uids are two requests. */
  readonly uid: string;
  /** Used in file names and messages: letters, digits, `.` and `-` only, as Kubernetes names are. */
  readonly name: string;
  /**
   * What its files are to be called, without `.pcap` and tcpdump's ring suffix, the most wanted first: `capture-` and
   * lower-case letters, digits, `.`, `_` and `-`; not `.` and ten digits or more at the end. The first that is free and short enough is taken. Default, and where none
   * is: `NODE.NAME.UNIXSECONDS`.
   */
  readonly fileNames?: readonly string[];
  /** Of captures with the same slot there is one at a time: the next begins when nothing is left of the one before. Absent: it waits for none. */
  readonly slot?: string;
  /** When its origin made it, by the origin's clock. Unix time in milliseconds. */
  readonly createdAt?: number | undefined;
  /** The Pod or interface that is meant; a claim makes it concrete. */
  readonly target: CaptureTarget;
  /** A pcap-filter(7) expression. Default: every packet. */
  readonly filter?: string;
  /** When it ends by itself, and how much is kept. `DEFAULT_LIMITS` has usual ones. */
  readonly limits: CaptureLimits;
}

/** Where a capture ends, and how much it keeps. */
export interface CaptureLimits {
  /** Time limit in seconds: above 0, at most {@link MAX_SECONDS}. Absent: until it is stopped. */
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

/** The longest time limit, in seconds: 7 days. */
export const MAX_SECONDS = 604_800;

/** What applies where a request says nothing. */
export const DEFAULT_LIMITS = {
  /** Ten minutes. */
  seconds: 600,
  /** 100 MB. */
  maxFileSize: 100 * MEGABYTE,
  /** With {@link DEFAULT_LIMITS.maxFileSize} a ring of 1 GB. */
  fileCount: 10,
  /** tcpdump's own default: every packet whole (tcpdump(1), `-s`). */
  snapLength: 262_144,
} as const satisfies CaptureLimits;

/** What a ring file may have beyond its size: libpcap's record header (pcap-savefile(5)) and one packet. */
const RECORD_HEADER_BYTES = 16;

/** The rounding to blocks, and the file system's own record of where they are. */
const BLOCK_ALLOWANCE_BYTES = 64 * 1024;

/** The manifest, twice since it is replaced by another file, with a list of as many files and segments as there can be. */
const MANIFEST_ALLOWANCE_BYTES = 512 * 1024;

/** From here on a megabyte less per file is worth less than the promise that a file stays within its size. */
const ROTATES_EARLY_FROM = 10 * MEGABYTE;

/**
 * The size at which tcpdump is to begin the next file of the ring: its `-C`, in bytes. tcpdump looks at the size before it
 * writes a packet, so a file exceeds that by up to one packet; since `-C` takes whole megabytes, it is told one less. A
 * ring of default size so fits ten times into a MAX_TOTAL_FILESIZE of ten times its size. Below 10 MB a megabyte
 * would be too much of the file: there the file may exceed `maxFileSize` by a packet, and the reservation counts it.
 */
export function rotationSize({ maxFileSize }: Pick<CaptureLimits, 'maxFileSize'>): number {
  return maxFileSize >= ROTATES_EARLY_FROM ? maxFileSize - MEGABYTE : maxFileSize;
}

/** The most bytes that a ring file can occupy whose rotation begins at `rotateAt` bytes. */
export function ringFileBytes(rotateAt: number, snapLength: number): number {
  return rotateAt + RECORD_HEADER_BYTES + snapLength + BLOCK_ALLOWANCE_BYTES;
}

type Ring = Pick<CaptureLimits, 'maxFileSize' | 'fileCount' | 'snapLength'>;

/** Files that a ring needs so that a wrap does not empty it; one where no more are asked for. */
export function leastRingFiles({ fileCount }: Pick<CaptureLimits, 'fileCount'>): number {
  return Math.min(fileCount, 2);
}

/**
 * What the files of a capture may occupy together, in bytes, however many segments share it: its ring, or where that is
 * tiny twice the smallest ring that tcpdump can write, so that a further segment need not push out the earlier ones.
 */
export function ringBudget(limits: Ring): number {
  const ring = limits.fileCount * ringFileBytes(rotationSize(limits), limits.snapLength);
  return Math.max(ring, 2 * leastRingFiles(limits) * ringFileBytes(MEGABYTE, limits.snapLength));
}

/** The most bytes that a capture can occupy: its files and its manifest. */
export function ringBytes(limits: Ring): number {
  return ringBudget(limits) + MANIFEST_ALLOWANCE_BYTES;
}

/** The most bytes that a finished ring file of this size occupies. */
export function occupiedBytes(size: number): number {
  return size + BLOCK_ALLOWANCE_BYTES;
}
