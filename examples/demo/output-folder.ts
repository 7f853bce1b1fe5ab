import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DemoError } from './demo-error.ts';

const CAPTURES = join(import.meta.dirname, '..', '..', 'captures');

/** Makes the folder of this run, `captures/<time>/` in the project. What lies in it stays. @throws DemoError */
export async function makeOutputFolder(): Promise<string> {
  const time = new Date().toISOString().replaceAll(':', '-');
  try {
    await mkdir(CAPTURES, { recursive: true, mode: 0o755 });
    for (let run = 1; ; run += 1) {
      const folder = join(CAPTURES, run === 1 ? time : `${time}-${run}`);
      if (await makeExclusively(folder)) return folder;
    }
  } catch (error) {
    throw new DemoError(`No folder can be made in ${CAPTURES}: ${(error as Error).message}. If it is another user's: sudo rm -r ${CAPTURES}`);
  }
}

/** @returns false when it is there already: two runs of one millisecond */
async function makeExclusively(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o755 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
