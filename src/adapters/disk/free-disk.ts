import { statfs } from 'node:fs/promises';
import imported from 'check-disk-space';

type CheckDiskSpace = typeof imported.default;

/** Under nodenext its types say that the default import is the CommonJS module; in an ES module it is the function itself. */
const module = imported as unknown as CheckDiskSpace | { readonly default: CheckDiskSpace };
const checkDiskSpace = typeof module === 'function' ? module : module.default;

/** Bytes available to us on the disk of `path`, by check-disk-space, which runs df; where there is no df, by statfs(2). */
export async function freeDiskByDf(path: string): Promise<number> {
  try {
    return (await checkDiskSpace(path)).free;
  } catch {
    return freeDisk(path);
  }
}

/** The same number from one system call. */
export async function freeDisk(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
