import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DemoError } from './demo-error.ts';

const CAPTURES = join(import.meta.dirname, '..', '..', 'captures');

/** Makes the folder of this run, `captures/<time>/` in the project. What lies in it stays. @throws DemoError */
export async function makeOutputFolder(): Promise<string> {
  const folder = join(CAPTURES, new Date().toISOString().replaceAll(':', '-'));
  try {
    await mkdir(CAPTURES, { recursive: true, mode: 0o755 });
    await mkdir(folder, { mode: 0o755 });
  } catch (error) {
    throw new DemoError(`${folder} cannot be made: ${(error as Error).message}. If ${CAPTURES} is another user's: sudo rm -r ${CAPTURES}`);
  }
  return folder;
}
