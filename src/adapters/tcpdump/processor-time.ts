import { readFileSync } from 'node:fs';

/** USER_HZ, the unit of times in /proc (time(7)): 100 on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds that a process has had of processors; `undefined` when it is gone. */
export function processorSeconds(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // utime and stime, fields 14 and 15; the second, comm, may hold spaces and parentheses (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
