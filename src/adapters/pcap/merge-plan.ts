import { FILE_HEADER_BYTES, type PcapHeader, readPcapHeader, RECORD_HEADER_BYTES } from './pcap-header.ts';

/** What has to be known of a file before it is merged with others. */
export interface MergeFile {
  readonly name: string;
  /** Bytes of it that are taken. */
  readonly bytes: number;
  /** Its first {@link HEAD_BYTES}, or all of a shorter one. */
  readonly head: Buffer;
}

/** The header of a file and of its first record. */
export const HEAD_BYTES = FILE_HEADER_BYTES + RECORD_HEADER_BYTES;

/** Several pcap files as one: the header, and then the records of each file. The same files give the same bytes each time. */
export interface MergePlan {
  /** The header of the merged file; of an empty one as well. */
  readonly header: Buffer;
  readonly format: PcapHeader;
  /** The files that hold packets, in the order of their packets. */
  readonly files: readonly MergeFile[];
  /** Of the merged file, where every file is whole to its end. */
  readonly bytes: number;
}

/** A file that cannot be taken together with the others. */
export interface Unfit {
  readonly name: string;
  readonly reason: 'no pcap file' | 'another link type' | 'another format of times';
  /** Those of the first file, and its own. */
  readonly expected?: PcapHeader;
  readonly found?: PcapHeader;
}

/**
 * Plans the merge of the files of one capture.
 * @param segments the files of each tcpdump run, in the order of the runs. Within a run they go by the time of their
 *   first packets: the names of a ring say nothing after it has wrapped. Not from run to run, since the wall clock may
 *   have been set back between two.
 * @returns `unfit` where the files cannot be one: a pcap file has one link type, one format of times (pcap-savefile(5)).
 */
export function planMerge(segments: readonly (readonly MergeFile[])[]): MergePlan | { readonly unfit: readonly Unfit[] } {
  const unfit: Unfit[] = [];
  let first: { readonly header: PcapHeader; readonly bytes: Buffer } | undefined;
  let snapLength = 0;
  // Not even a header: made by a tcpdump that was killed while it started.
  const files = segments.flatMap((files) => files.filter(({ bytes }) => bytes >= FILE_HEADER_BYTES).toSorted(byFirstPacket));
  for (const { name, head } of files) {
    const header = head.length >= FILE_HEADER_BYTES ? readPcapHeader(head) : undefined;
    if (header === undefined) {
      unfit.push({ name, reason: 'no pcap file' });
      continue;
    }
    first ??= { header, bytes: head.subarray(0, FILE_HEADER_BYTES) };
    const pair = { expected: first.header, found: header };
    if (header.linkType !== first.header.linkType) unfit.push({ name, reason: 'another link type', ...pair });
    else if (!sameTimes(header, first.header)) unfit.push({ name, reason: 'another format of times', ...pair });
    snapLength = Math.max(snapLength, header.snapLength);
  }
  if (unfit.length > 0 || first === undefined) return { unfit };
  const filled = files.filter(({ bytes }) => bytes > FILE_HEADER_BYTES);
  return {
    header: withSnapLength(first.bytes, first.header, snapLength),
    format: { ...first.header, snapLength },
    files: filled,
    bytes: filled.reduce((sum, { bytes }) => sum + bytes - FILE_HEADER_BYTES, FILE_HEADER_BYTES),
  };
}

/** Where in the files a byte of the merged file comes from. */
export interface MergePosition {
  /** Index in {@link MergePlan.files}; their number at the end. */
  readonly file: number;
  /** Offset in that file; 0 where its first record comes next. */
  readonly offset: number;
}

/**
 * @param at an offset in the merged file, behind its header
 * @param taken bytes of files that turned out not to be whole to their end
 */
export function positionIn({ files }: MergePlan, at: number, taken: ReadonlyMap<string, number> = new Map()): MergePosition {
  let left = at - FILE_HEADER_BYTES;
  for (const [file, { name, bytes }] of files.entries()) {
    const records = (taken.get(name) ?? bytes) - FILE_HEADER_BYTES;
    if (left < records) return { file, offset: left === 0 ? 0 : FILE_HEADER_BYTES + left };
    left -= records;
  }
  return { file: files.length, offset: 0 };
}

function sameTimes(a: PcapHeader, b: PcapHeader): boolean {
  return a.littleEndian === b.littleEndian && a.ticksPerSecond === b.ticksPerSecond;
}

/** The order of a ring's files: by the time of their first packets. One without packets comes last. */
export function byFirstPacket(a: MergeFile, b: MergeFile): number {
  const [one, other] = [firstPacket(a), firstPacket(b)];
  return one.seconds - other.seconds || one.ticks - other.ticks || (a.name < b.name ? -1 : 1);
}

/** Compared as it is written: made a number of milliseconds, neighbours of a microsecond could be equal. */
function firstPacket({ head }: MergeFile): { readonly seconds: number; readonly ticks: number } {
  const header = head.length >= HEAD_BYTES ? readPcapHeader(head) : undefined;
  if (header === undefined) return { seconds: Infinity, ticks: 0 };
  const uint32 = (at: number) => (header.littleEndian ? head.readUInt32LE(at) : head.readUInt32BE(at));
  return { seconds: uint32(FILE_HEADER_BYTES), ticks: uint32(FILE_HEADER_BYTES + 4) };
}

function withSnapLength(bytes: Buffer, { littleEndian }: PcapHeader, snapLength: number): Buffer {
  const header = Buffer.from(bytes);
  if (littleEndian) header.writeUInt32LE(snapLength, 16);
  else header.writeUInt32BE(snapLength, 16);
  return header;
}
