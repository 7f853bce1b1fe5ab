import { lstat as lstatWithCallback, type Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { SegmentBytes } from '../../core/disk-ledger.ts';
import { segmentOfFile } from '../../core/file-names.ts';
import { errorCode } from './hostmount-failure.ts';

/** st_blocks counts these, whatever the file system's own block size is (stat(2)). */
const BLOCK_BYTES = 512;
const CONCURRENT_LSTATS = 64;
const SLASH = Buffer.from('/');

/** Half as much work as that of node:fs/promises, for each of many files. */
const lstat = promisify(lstatWithCallback);

export interface FolderUsage {
  /** Allocated bytes of the folder and all in it. */
  readonly used: number;
  /** By the segment's file name: its ring files and its manifest, as far as they lie in the folder itself. */
  readonly segments: ReadonlyMap<string, SegmentBytes>;
}

/**
 * What `du --one-file-system` counts: allocated blocks, folders included, a file with several links once, links not followed.
 * Names are taken as bytes, so that none can hide.
 */
export async function measureFolder(path: string): Promise<FolderUsage> {
  const top = await lstat(path);
  const seen = new Set<number>();
  const segments = new Map<string, SegmentBytes>();
  let used = top.blocks * BLOCK_BYTES;
  const folders = [Buffer.from(path)];
  for (let folder = folders.pop(), isTop = true; folder !== undefined; folder = folders.pop(), isTop = false) {
    for await (const [name, stat] of entries(folder)) {
      if (stat.dev !== top.dev) continue;
      if (stat.isDirectory()) folders.push(Buffer.concat([folder, SLASH, name]));
      else if (stat.nlink > 1) {
        if (seen.has(stat.ino)) continue;
        seen.add(stat.ino);
      }
      used += stat.blocks * BLOCK_BYTES;
      if (isTop && stat.isFile()) addToSegment(segments, name.toString(), stat);
    }
  }
  return { used, segments };
}

function addToSegment(segments: Map<string, SegmentBytes>, name: string, { blocks, size }: Stats): void {
  const segment = segmentOfFile(name) ?? (name.endsWith('.json') ? name.replace(/json$/, 'pcap') : undefined);
  if (segment === undefined) return;
  const sum = segments.get(segment) ?? { allocated: 0, size: 0 };
  segments.set(segment, { allocated: sum.allocated + blocks * BLOCK_BYTES, size: sum.size + size });
}

async function* entries(folder: Buffer): AsyncGenerator<readonly [name: Buffer, stat: Stats]> {
  const names = (await unlessGone(readdir(folder, { encoding: 'buffer' }))) ?? [];
  for (let at = 0; at < names.length; at += CONCURRENT_LSTATS) {
    const some = names.slice(at, at + CONCURRENT_LSTATS);
    const stats = await Promise.all(some.map((name) => unlessGone(lstat(Buffer.concat([folder, SLASH, name])))));
    for (const [index, name] of some.entries()) {
      const stat = stats[index];
      if (stat !== undefined) yield [name, stat];
    }
  }
}

/** Files come and go while we look. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
