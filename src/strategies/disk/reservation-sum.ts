import type { LedgerEntry, SegmentBytes } from '../../core/disk-ledger.ts';

/** Σ(reserved − written) in bytes. Written is what is allocated on disk under an entry's names, each name counted once. */
export function unwrittenBytes(
  entries: readonly Pick<LedgerEntry, 'node' | 'bytes' | 'files'>[],
  segments: ReadonlyMap<string, SegmentBytes>,
): number {
  const counted = new Set<string>();
  let sum = 0;
  for (const { node, bytes, files } of entries) {
    let written = 0;
    for (const file of files) {
      // With a name of another node an entry would count as written what is not its own.
      if (counted.has(file) || !file.startsWith(`${node}.`)) continue;
      counted.add(file);
      written += segments.get(file)?.allocated ?? 0;
    }
    sum += Math.max(0, bytes - written);
  }
  return sum;
}
