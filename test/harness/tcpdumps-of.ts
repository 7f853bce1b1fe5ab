import { execa } from 'execa';

/** How many tcpdumps write to this folder, by their command lines. */
export async function tcpdumpsOf(folder: string): Promise<number> {
  const { stdout } = await execa('ps', ['-eo', 'comm,args']);
  return stdout.split('\n').filter((line) => line.startsWith('tcpdump') && line.includes(folder)).length;
}
