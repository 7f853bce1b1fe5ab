import { close, constants, fstat, open } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { HostmountError } from '../../core/errors/disk-errors.ts';
import { flock } from './flock.ts';
import { errorCode, hostmountFailure } from './hostmount-failure.ts';

const openFd = promisify(open);
const closeFd = promisify(close);
const fstatFd = promisify(fstat);

const MOST_TRIES = 5;

/** A lock that is held, until disposed. */
export interface KernelLease extends AsyncDisposable {
  /** Of the file that is locked. */
  readonly fd: number;
  /** Whether that still is the file of the lock's name: whoever may write to the folder may remove or replace it. */
  isInPlace(): Promise<boolean>;
}

/**
 * A lock on a file that ends with the process that holds it, however it ends: see {@link flock}. Node.js opens files
 * with O_CLOEXEC: no other child gets the descriptor.
 */
export class KernelLock {
  readonly path: string;
  #attempts: Promise<unknown> = Promise.resolve();

  /** @param path of the lock file, which is made as needed and never removed. */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * @param options.waitSeconds how long to wait for another holder; fractions allowed. Default: 0.
   * @param options.signal ends the waiting for another holder.
   * @returns `undefined` when another holds it.
   * @throws ProgramMissingError, HostmountError, the reason of the signal
   */
  acquire({ waitSeconds = 0, signal }: { readonly waitSeconds?: number; readonly signal?: AbortSignal | undefined } = {}): Promise<KernelLease | undefined> {
    // One attempt of this process at a time: however many wait here, there is one flock process.
    const attempt = this.#attempts.then(() => this.#attempt(waitSeconds, signal));
    this.#attempts = attempt.catch(() => undefined);
    return attempt;
  }

  async #attempt(waitSeconds: number, signal: AbortSignal | undefined): Promise<KernelLease | undefined> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const fd = await this.#open();
      try {
        if (!(await flock(fd, 'exclusive', { waitSeconds, folder: dirname(this.path), signal }))) {
          await closeFd(fd);
          return undefined;
        }
        if (await this.#isInPlace(fd)) return this.#leaseOf(fd);
      } catch (error) {
        await closeFd(fd);
        throw error;
      }
      await closeFd(fd);
    }
    throw new HostmountError(dirname(this.path), `its lock file ${this.path} is being removed again and again`);
  }

  async #open(): Promise<number> {
    try {
      return await openFd(this.path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    } catch (error) {
      throw hostmountFailure(dirname(this.path), error);
    }
  }

  async #isInPlace(fd: number): Promise<boolean> {
    const locked = await fstatFd(fd);
    try {
      const named = await stat(this.path);
      return named.ino === locked.ino && named.dev === locked.dev;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw hostmountFailure(dirname(this.path), error);
    }
  }

  #leaseOf(fd: number): KernelLease {
    let closing: Promise<void> | undefined;
    return {
      fd,
      isInPlace: () => this.#isInPlace(fd),
      [Symbol.asyncDispose]: () => (closing ??= closeFd(fd)),
    };
  }
}
