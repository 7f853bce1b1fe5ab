import { readdir } from 'node:fs/promises';
import type { SegmentBytes } from '../../core/disk-ledger.ts';
import type { FreeableDisk } from '../../core/errors/disk-errors.ts';
import { isManifestFileName, readManifest } from './manifest-file.ts';

/** More are not looked at: the number is only part of a message. */
const MOST_MANIFESTS = 10_000;

/** What the captures occupy that have ended, of all nodes that write to this hostmount. */
export async function endedCaptures(hostmount: string, segments: ReadonlyMap<string, SegmentBytes>): Promise<FreeableDisk> {
  let bytes = 0;
  let captures = 0;
  const names = (await readdir(hostmount)).filter(isManifestFileName);
  for (const name of names.slice(0, MOST_MANIFESTS)) {
    try {
      const manifest = await readManifest(hostmount, name);
      if (manifest.state.kind !== 'closed') continue;
      bytes += manifest.segments.reduce((sum, { file }) => sum + (segments.get(file)?.allocated ?? 0), 0);
      captures += 1;
    } catch {
      // Being removed, or unreadable: no capture of which we know that it has ended.
    }
  }
  return { bytes, captures };
}
