import { constants, fstat, ftruncate, read, write } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errorCode, hostmountFailure } from './hostmount-failure.ts';

const fstatFd = promisify(fstat);
const truncateFd = promisify(ftruncate);
const readFd = promisify(read);
const writeFd = promisify(write);

/**
 * What a holder writes into its lock file: the node and the file's own inode. A file that bears it was locked by an
 * agent of that node; one that was put there by hand, a copy too, does not bear it.
 */
export class LockMark {
  readonly #node: string;

  constructor(node: string) {
    this.#node = node;
  }

  async isOn(fd: number): Promise<boolean> {
    const expected = await this.#textFor(fd);
    const { buffer, bytesRead } = await readFd(fd, Buffer.alloc(expected.length + 1), 0, expected.length + 1, 0);
    return buffer.subarray(0, bytesRead).equals(expected);
  }

  /** @returns false also when there is no such file. */
  async isOnFile(path: string): Promise<boolean> {
    try {
      await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      return await this.isOn(file.fd);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw hostmountFailure(dirname(path), error);
    }
  }

  /** A disk that is full takes none; the lock holds without. */
  async put(fd: number): Promise<void> {
    if (await this.isOn(fd)) return;
    try {
      await truncateFd(fd, 0);
      const text = await this.#textFor(fd);
      await writeFd(fd, text, 0, text.length, 0);
    } catch {
      return;
    }
  }

  async #textFor(fd: number): Promise<Buffer> {
    const { ino } = await fstatFd(fd, { bigint: true });
    return Buffer.from(`The pcapper agent of node ${this.#node} keeps this file (inode ${ino}) locked while it lives.\n`);
  }
}
