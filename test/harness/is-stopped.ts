import { readdirSync, readFileSync } from 'node:fs';

/** Whether a signal has stopped every thread of a process (state T of proc_pid_stat(5)): on a busy machine that takes a while. */
export function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
    });
  } catch {
    // It, or a thread of it, has just ended.
    return false;
  }
}
