import { execa } from 'execa';
import { cleanUp, scratchFolder } from './scratch-folder.ts';

/** A small disk of its own in memory, removed after the test. Needs root. */
export async function mountTmpfs(bytes: number, ...options: string[]): Promise<string> {
  const path = await scratchFolder();
  await execa('mount', ['-t', 'tmpfs', '-o', [`size=${bytes}`, 'mode=0755', ...options].join(','), 'tmpfs', path]);
  cleanUp(() => execa('umount', ['--lazy', path]));
  return path;
}

/** Makes a mount read-only, as a failing disk becomes. */
export async function remountReadOnly(path: string): Promise<void> {
  await execa('mount', ['-o', 'remount,ro', path]);
}

/** A disk with ext4 in a file of its own, removed after the test. Needs root. */
export async function mountExt4(bytes: number): Promise<string> {
  const folder = await scratchFolder();
  const image = `${folder}/image`;
  await execa('truncate', ['-s', String(bytes), image]);
  await execa('mkfs.ext4', ['-q', '-m', '0', image]);
  const path = await scratchFolder();
  await execa('mount', ['-o', 'loop', image, path]);
  cleanUp(() => execa('umount', ['--lazy', path]));
  return path;
}
