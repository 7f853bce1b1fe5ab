import { type CaptureLimits, leastRingFiles, MEGABYTE, occupiedBytes, ringBudget, ringFileBytes, rotationSize } from '../capture-request.ts';
import type { FileInspection } from '../capture-directory.ts';

/** The ring that a further segment may write, and the earlier files that make room for it. */
export interface SegmentRing {
  /** What tcpdump is told: {@link rotationSize}. */
  readonly maxFileSize: number;
  readonly fileCount: number;
  /** Names of earlier files to remove, the oldest first. */
  readonly drop: readonly string[];
}

/**
 * Segments share one budget, the ring's. A further segment gets at least half of it: the oldest earlier files go first.
 * Its ring has two files or more wherever the request's has, since a ring of one starts empty at each wrap. Whatever
 * was kept and whatever the new ring can come to occupy stay together within the budget.
 * @param segments the files of the earlier segments, in the order in which these were begun.
 */
export function ringForNextSegment(limits: CaptureLimits, segments: readonly (readonly FileInspection[])[]): SegmentRing {
  const { snapLength, fileCount } = limits;
  const rotateAt = rotationSize(limits);
  const budget = ringBudget(limits);
  const leastFiles = leastRingFiles(limits);
  const least = Math.max(budget / 2, leastFiles * ringFileBytes(MEGABYTE, snapLength));
  // By their packets' times only within a segment: from one to the next the wall clock may have been set back.
  const kept = segments.flatMap((files) => files.toSorted((a, b) => (a.firstPacketTime ?? 0) - (b.firstPacketTime ?? 0)));
  const drop: string[] = [];
  let left = budget - kept.reduce((sum, file) => sum + occupiedBytes(file.bytes), 0);
  while (left < least) {
    const oldest = kept.shift();
    if (oldest === undefined) break;
    drop.push(oldest.name);
    left += occupiedBytes(oldest.bytes);
  }
  const wholeFiles = Math.min(fileCount, Math.floor(left / ringFileBytes(rotateAt, snapLength)));
  if (wholeFiles >= leastFiles) return { maxFileSize: rotateAt, fileCount: wholeFiles, drop };
  const perFile = left / leastFiles - ringFileBytes(0, snapLength);
  return { maxFileSize: Math.max(1, Math.floor(perFile / MEGABYTE)) * MEGABYTE, fileCount: leastFiles, drop };
}
