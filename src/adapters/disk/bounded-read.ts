import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Reads a small file of ours: a regular one (no symbolic link is followed, no pipe waited for) of at most that many bytes.
 * @throws the file system's error, or one that says what is wrong with the file.
 */
export async function readBounded(path: string, mostBytes: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > mostBytes) throw new Error(`it has ${stat.size} bytes; at most ${mostBytes} are read`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
