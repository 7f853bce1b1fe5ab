import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What figures of two files must have in common to be compared. */
export interface Circumstances {
  /** RFC 3339, when the measuring began. */
  readonly date: string;
  /** As `git describe` names it, with `-dirty` for what is not committed; `null` outside of a checkout. */
  readonly commit: string | null;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  /** GB (10^9 bytes). */
  readonly memory: number;
  /** Over one minute, before anything was measured: a quiet machine has less than one half. */
  readonly loadAverage: number;
}

export function circumstances(): Circumstances {
  const described = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' });
  return {
    date: new Date().toISOString(),
    commit: described.status === 0 ? described.stdout.trim() : null,
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 1e9),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
