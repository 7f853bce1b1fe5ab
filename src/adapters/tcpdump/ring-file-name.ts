/** The file that tcpdump opens first: `-W 1` has no suffix, `-W 10` has one digit, `-W 100` two (tcpdump(1)). */
export function firstRingFile(path: string, fileCount: number): string {
  return fileCount === 1 ? path : path + '0'.repeat(String(fileCount - 1).length);
}
