import { readdirSync, readFileSync } from 'node:fs';

/** `VmRSS` of /proc/PID/status (proc(5)): what of the process is in memory now. MB (10^6 bytes). */
export function residentMegabytes(pid: number): number {
  return fieldOf(pid, 'VmRSS');
}

/** `VmHWM` of /proc/PID/status: the most that it ever was. MB (10^6 bytes). */
export function peakMegabytes(pid: number): number {
  return fieldOf(pid, 'VmHWM');
}

/** `RssFile` of /proc/PID/status: what of that is pages of files. MB (10^6 bytes). */
export function residentFileMegabytes(pid: number): number {
  return fieldOf(pid, 'RssFile');
}

/** Open file descriptors. */
export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function fieldOf(pid: number, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no ${field}: it has ended`);
  return (Number(kibibytes) * 1024) / 1e6;
}
