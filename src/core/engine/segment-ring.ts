import { type CaptureLimits, MEGABYTE } from '../capture-request.ts';
import type { FileInspection } from '../capture-directory.ts';

/** The ring that a further segment may write, and the earlier files that make room for it. */
export interface SegmentRing {
  readonly maxFileSize: number;
  readonly fileCount: number;
  /** Names of earlier files to remove, the oldest first. */
  readonly drop: readonly string[];
}

/**
 * Segments share one budget of `maxFileSize × fileCount`. A further segment gets at least half of it: the oldest
 * earlier files go first. Its ring has two files or more wherever the request's has, since a ring of one starts empty at each wrap.
 */
export function ringForNextSegment(limits: CaptureLimits, earlier: readonly FileInspection[]): SegmentRing {
  const budget = limits.maxFileSize * limits.fileCount;
  const leastFiles = Math.min(limits.fileCount, 2);
  const least = Math.max(budget / 2, leastFiles * MEGABYTE);
  const kept = [...earlier].sort((a, b) => (a.firstPacketTime ?? 0) - (b.firstPacketTime ?? 0));
  const drop: string[] = [];
  let left = budget - kept.reduce((sum, file) => sum + roundedUp(file.bytes), 0);
  while (left < least) {
    const oldest = kept.shift();
    if (oldest === undefined) break;
    drop.push(oldest.name);
    left += roundedUp(oldest.bytes);
  }
  const wholeFiles = Math.floor(left / limits.maxFileSize);
  if (wholeFiles >= leastFiles) return { maxFileSize: limits.maxFileSize, fileCount: wholeFiles, drop };
  return { maxFileSize: Math.floor(left / leastFiles / MEGABYTE) * MEGABYTE, fileCount: leastFiles, drop };
}

/** tcpdump counts whole megabytes, so what a file occupies of the budget is rounded up. */
function roundedUp(bytes: number): number {
  return Math.ceil(bytes / MEGABYTE) * MEGABYTE;
}
