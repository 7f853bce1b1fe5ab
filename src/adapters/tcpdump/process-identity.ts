import { readFileSync } from 'node:fs';
import type { ProcessIdentity } from '../../core/tcpdump-runner.ts';

/** The process that has this pid at present, or `undefined` when there is none, or only its exit status is left. */
export function identifyProcess(pid: number, bootId: string): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // comm, the second field, may hold spaces and parentheses (proc(5)).
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[18];
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startTime, bootId };
}

/** Whether that very process is still running. */
export function isAlive({ pid, startTime, bootId }: ProcessIdentity, presentBootId: string): boolean {
  return bootId === presentBootId && identifyProcess(pid, bootId)?.startTime === startTime;
}

/**
 * Sends a signal to that very process.
 * @returns false when it is gone
 * @throws the system's error when it may not be signalled
 */
export function signalProcess(process_: ProcessIdentity, signal: NodeJS.Signals, presentBootId: string): boolean {
  if (!isAlive(process_, presentBootId)) return false;
  try {
    return process.kill(process_.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
