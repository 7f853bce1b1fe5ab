import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { ProcessNotEndedError } from '../../core/errors/tcpdump-errors.ts';
import type { ProcessIdentity } from '../../core/tcpdump-runner.ts';
import { isAlive, signalProcess } from './process-identity.ts';

/** libpcap gets packets in blocks, after a second at the latest; the open block is lost when tcpdump is ended. */
export const LAST_BLOCK_MS = 1100;

/** How long a tcpdump has to obey SIGTERM. It takes some 30 ms. */
export const KILL_AFTER_MS = 5000;

const LOOK_EVERY_MS = 20;

/**
 * Ends a process that somebody else started: lets the last block out, asks it, makes it.
 * @throws ProcessNotEndedError
 */
export async function endCleanly(process: ProcessIdentity, clock: Clock): Promise<void> {
  if (!isAlive(process, clock.bootId)) return;
  await clock.sleep(LAST_BLOCK_MS);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      signalProcess(process, signal, clock.bootId);
    } catch (error) {
      throw new ProcessNotEndedError(process.pid, errorMessage(error));
    }
    if (await goneWithin(KILL_AFTER_MS, process, clock)) return;
  }
  throw new ProcessNotEndedError(process.pid, 'it does not end on SIGKILL');
}

/** Whether a process is gone, or has gone before `ms` have passed. */
export async function goneWithin(ms: number, process: ProcessIdentity, clock: Clock): Promise<boolean> {
  for (let waited = 0; isAlive(process, clock.bootId); waited += LOOK_EVERY_MS) {
    if (waited >= ms) return false;
    await clock.sleep(LOOK_EVERY_MS);
  }
  return true;
}
