import { type FileHandle, open } from 'node:fs/promises';
import type { NetworkNamespace } from '../../core/interface-resolver.ts';

/** A network namespace that this process holds open. It cannot vanish, nor its inode be given to another, until disposed. */
export class OpenNetworkNamespace implements NetworkNamespace, AsyncDisposable {
  readonly inode: bigint;
  readonly #file: FileHandle;
  #closed: Promise<void> | undefined;

  /** @param path as in `/proc/PID/ns/net` */
  static async open(path: string): Promise<OpenNetworkNamespace> {
    const file = await open(path, 'r');
    try {
      return new OpenNetworkNamespace(file, (await file.stat({ bigint: true })).ino);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private constructor(file: FileHandle, inode: bigint) {
    this.#file = file;
    this.inode = inode;
  }

  /** -1 once disposed. */
  get fd(): number {
    return this.#file.fd;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#file.close();
    return this.#closed;
  }
}
