import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { HostmountError } from '../../core/errors/disk-errors.ts';
import { ProgramMissingError } from '../../core/errors/tcpdump-errors.ts';
import { errorCode, hostmountFailure } from './hostmount-failure.ts';

/** Exit code of flock(1) for "held by another"; all others are failures. */
const HELD_BY_ANOTHER = 75;

export interface FlockOptions {
  /** How long to wait for other holders; fractions allowed. Default: 0. */
  readonly waitSeconds?: number;
  /** The folder that a failure is told of. */
  readonly folder: string;
  /** Ends the waiting; the call then throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Locks an open file or folder, or changes how it is locked. Node.js has no flock(2), so flock(1) of util-linux does it
 * on a descriptor of ours: the lock belongs to the open file, not to the process that asked for it, and stays until our
 * descriptor is closed.
 * @returns false when others hold it.
 * @throws ProgramMissingError, HostmountError, the reason of the signal
 */
export async function flock(fd: number, mode: 'exclusive' | 'shared', { waitSeconds = 0, folder, signal: until }: FlockOptions): Promise<boolean> {
  until?.throwIfAborted();
  const wait = waitSeconds > 0 ? ['--wait', String(waitSeconds)] : ['--nonblock'];
  const argv = [`--${mode}`, ...wait, '--conflict-exit-code', String(HELD_BY_ANOTHER), '3'];
  const child = spawn('flock', argv, { stdio: ['ignore', 'ignore', 'pipe', fd], signal: until });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stderr = child.stderr === null ? Promise.resolve('') : text(child.stderr);
  stderr.catch(() => undefined);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code === 0) return true;
    if (code === HELD_BY_ANOTHER) return false;
    throw new HostmountError(folder, `flock ended with ${signal ?? `code ${code}`}: ${(await stderr).trim()}`);
  } catch (error) {
    if (until?.aborted) {
      // It may have got the lock in this moment, and has it until its end.
      await ended;
      throw until.reason;
    }
    throw errorCode(error) === 'ENOENT' ? new ProgramMissingError('flock', 'util-linux') : hostmountFailure(folder, error);
  }
}
