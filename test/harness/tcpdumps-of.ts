import { execa } from 'execa';

/** How many tcpdumps write to this folder, by their command lines. */
export async function tcpdumpsOf(folder: string): Promise<number> {
  return (await commandsOfTcpdumps(folder)).length;
}

/** The command lines of the tcpdumps that write to this folder, which is `DIR` in them. */
export async function commandsOfTcpdumps(folder: string): Promise<readonly string[]> {
  const { stdout } = await execa('ps', ['-eo', 'comm,args']);
  const lines = stdout.split('\n').filter((line) => line.startsWith('tcpdump') && line.includes(folder));
  return lines.map((line) => line.replace(/^\S+\s+/, '').replaceAll(folder, 'DIR').trim());
}
