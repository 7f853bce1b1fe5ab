import type { FileInspection } from '../capture-directory.ts';
import type { PacketCounters } from '../capture-result.ts';

/** File systems take their times from a clock that lags behind by a tick (`current_time` of the kernel): 10 ms at most. */
const FILE_TIME_SLACK_MS = 20;

/** What the files of a segment say about it, held against tcpdump's own counters. */
export interface SegmentVerdict {
  readonly counters: PacketCounters;
  /** The ring has overwritten its oldest packets. */
  readonly wrapped: boolean;
  /** Set when tcpdump says that it captured packets which its files neither hold nor can have overwritten. */
  readonly notWritten?: { readonly captured: number; readonly inFiles: number };
}

export interface SegmentFacts {
  readonly fileCount: number;
  /** Bytes. */
  readonly maxFileSize: number;
  /** tcpdump's last words; absent when it was killed. */
  readonly counters: PacketCounters | undefined;
  /** In the order of the ring's suffixes. */
  readonly files: readonly FileInspection[];
  /** Others had filled the disk when it ended. */
  readonly diskFilled?: boolean;
}

/**
 * On a full disk tcpdump says nothing, goes on counting and ends with exit code 0; only its files tell. A record that is
 * cut although tcpdump ended by itself is such a case, and so are missing packets in a ring that never was full; on a disk
 * that was seen to be full, also in one whose files do not show that it has wrapped.
 */
export function judgeSegment({ fileCount, maxFileSize, counters, files, diskFilled = false }: SegmentFacts): SegmentVerdict {
  const inFiles = files.reduce((sum, file) => sum + file.packets, 0);
  if (counters === undefined) {
    return { counters: { captured: inFiles, received: inFiles, dropped: 0 }, wrapped: startsOutOfOrder(files) || beginsAnew(files) };
  }
  if (inFiles >= counters.captured) return { counters, wrapped: false };
  const cut = files.some((file) => file.repairedBytes > 0 || file.bytes === 0);
  const hasWrapped = startsOutOfOrder(files);
  if (!cut && canHaveWrapped(fileCount, maxFileSize, files) && (hasWrapped || !diskFilled)) return { counters, wrapped: true };
  return { counters, wrapped: hasWrapped, notWritten: { captured: counters.captured, inFiles } };
}

/** A ring wraps only after every file was full; then all exist, and at most the one being written is not full. */
function canHaveWrapped(fileCount: number, maxFileSize: number, files: readonly FileInspection[]): boolean {
  if (files.length < fileCount) return false;
  return files.filter((file) => file.bytes < maxFileSize).length <= 1;
}

/** tcpdump makes all but the first file when it has a packet for it; one that begins with a younger packet was begun anew. */
function beginsAnew(files: readonly FileInspection[]): boolean {
  return files.slice(1).some(({ firstPacketTime = 0, createdAt = Infinity }) => firstPacketTime > createdAt + FILE_TIME_SLACK_MS);
}

/** The files of a ring that has not wrapped begin in the order of their suffixes. */
function startsOutOfOrder(files: readonly FileInspection[]): boolean {
  const starts = files.map((file) => file.firstPacketTime).filter((time) => time !== undefined);
  return starts.some((time, index) => index > 0 && time < (starts[index - 1] ?? time));
}
