import { lstat, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { syncFolder } from './durable-file.ts';
import { errorCode } from './hostmount-failure.ts';

/** After so many, the newest replaces the last one: what keeps breaking must not fill the folder. */
const MOST_SET_ASIDE = 9;

/** Renames a file that cannot be read to `….unreadable-1` to `-9`, for people to look at. Returns the new name, without folder. */
export async function setAside(path: string): Promise<string> {
  for (let n = 1; ; n += 1) {
    const aside = `${path}.unreadable-${n}`;
    if (n < MOST_SET_ASIDE && (await exists(aside))) continue;
    await rename(path, aside);
    await syncFolder(dirname(path));
    return basename(aside);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
