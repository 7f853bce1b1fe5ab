import { constants } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './hostmount-failure.ts';

/**
 * Replaces a file so that after a crash of the process or the machine there is either the whole old or the whole new one.
 * @param temporary path in the same folder that nobody else uses meanwhile.
 */
export async function replaceDurably(path: string, temporary: string, content: string): Promise<void> {
  await write(temporary, content, { durably: true });
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/**
 * Replaces a file so that everyone sees either the whole old or the whole new one, and a crash of the process leaves one
 * of them. Not one of the machine: for what has no meaning after it.
 * @param temporary path in the same folder that nobody else uses meanwhile.
 */
export async function replaceAtomically(path: string, temporary: string, content: string): Promise<void> {
  await write(temporary, content, { durably: false });
  await rename(temporary, path);
}

/**
 * Creates a file that is whole from the moment that it exists. That it exists survives a crash of the machine once
 * {@link syncFolder}, or the next {@link replaceDurably} in the same folder, has come after it.
 * @param temporary path in the same folder that nobody else uses meanwhile.
 * @returns false when there is one already, which is left as it is.
 */
export async function createWhole(path: string, temporary: string, content: string): Promise<boolean> {
  await write(temporary, content, { durably: true });
  try {
    // Unlike O_EXCL, which makes an empty file that a crash leaves behind, link(2) decides and fills it in one step.
    await link(temporary, path);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return true;
}

/** Makes what was created, renamed and removed in a folder last (fsync(2)). */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function write(path: string, content: string, { durably }: { readonly durably: boolean }): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(content);
    if (durably) await file.sync();
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  await file.close();
}
