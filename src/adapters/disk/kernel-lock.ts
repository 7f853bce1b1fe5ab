import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { close, constants, fstat, open } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { HostmountError } from '../../core/errors/disk-errors.ts';
import { ProgramMissingError } from '../../core/errors/tcpdump-errors.ts';
import { errorCode, hostmountFailure } from './hostmount-failure.ts';

const openFd = promisify(open);
const closeFd = promisify(close);
const fstatFd = promisify(fstat);

/** Exit code of flock(1) for "held by another"; all others are failures. */
const HELD_BY_ANOTHER = 75;

const MOST_TRIES = 5;

/**
 * A lock on a file that ends with the process that holds it, however it ends. Node.js has no flock(2), so flock(1) of
 * util-linux takes it on a descriptor of ours: the lock belongs to the open file, not to the process that asked for it,
 * and stays until our descriptor is closed. Node.js opens files with O_CLOEXEC: no other child gets the descriptor.
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
   * @returns `undefined` when another holds it.
   * @throws ProgramMissingError, HostmountError
   */
  acquire({ waitSeconds = 0 }: { readonly waitSeconds?: number } = {}): Promise<AsyncDisposable | undefined> {
    // One attempt of this process at a time: however many wait here, there is one flock process.
    const attempt = this.#attempts.then(() => this.#attempt(waitSeconds));
    this.#attempts = attempt.catch(() => undefined);
    return attempt;
  }

  async #attempt(waitSeconds: number): Promise<AsyncDisposable | undefined> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const fd = await this.#open();
      try {
        if (!(await this.#flock(fd, waitSeconds))) {
          await closeFd(fd);
          return undefined;
        }
        if (await this.#isInPlace(fd)) return leaseOf(fd);
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

  async #flock(fd: number, waitSeconds: number): Promise<boolean> {
    const wait = waitSeconds > 0 ? ['--wait', String(waitSeconds)] : ['--nonblock'];
    const argv = ['--exclusive', ...wait, '--conflict-exit-code', String(HELD_BY_ANOTHER), '3'];
    const flock = spawn('flock', argv, { stdio: ['ignore', 'ignore', 'pipe', fd] });
    const stderr = flock.stderr === null ? Promise.resolve('') : text(flock.stderr);
    stderr.catch(() => undefined);
    try {
      const [code, signal] = (await once(flock, 'close')) as [number | null, NodeJS.Signals | null];
      if (code === 0) return true;
      if (code === HELD_BY_ANOTHER) return false;
      throw new HostmountError(dirname(this.path), `flock ended with ${signal ?? `code ${code}`}: ${(await stderr).trim()}`);
    } catch (error) {
      throw errorCode(error) === 'ENOENT' ? new ProgramMissingError('flock', 'util-linux') : hostmountFailure(dirname(this.path), error);
    }
  }

  /** Whether the file that was locked still is the one of that name. */
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
}

function leaseOf(fd: number): AsyncDisposable {
  let closing: Promise<void> | undefined;
  return { [Symbol.asyncDispose]: () => (closing ??= closeFd(fd)) };
}
