import type { RunOutcome } from './run.ts';

export interface FaultSummary {
  readonly fault: string;
  readonly runs: number;
  readonly held: number;
  readonly failed: number;
  /** How captures ended, and how many so. */
  readonly ends: Readonly<Record<string, number>>;
  /** From healing to the right status; seconds. */
  readonly longestRecovery: number;
  readonly medianRecovery: number;
}

export interface Summary {
  readonly seed: string;
  /** Runs that were asked for. */
  readonly planned: number;
  /** Runs that came to their end. */
  readonly runs: number;
  readonly held: number;
  readonly failed: number;
  readonly seconds: number;
  readonly faults: readonly FaultSummary[];
  /** One command for each run that has failed. */
  readonly replays: readonly string[];
}

export function summarize(outcomes: readonly RunOutcome[], { seed, planned, seconds, replays }: Pick<Summary, 'seed' | 'planned' | 'seconds' | 'replays'>): Summary {
  const held = outcomes.filter(({ violations }) => violations.length === 0).length;
  const faults = [...Map.groupBy(outcomes, ({ cell }) => cell.fault)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([fault, runs]): FaultSummary => {
    const recoveries = runs.map(({ recovery }) => recovery).filter((recovery) => recovery !== undefined).sort((a, b) => a - b);
    const good = runs.filter(({ violations }) => violations.length === 0).length;
    return {
      fault,
      runs: runs.length,
      held: good,
      failed: runs.length - good,
      ends: countOf(runs.flatMap(({ ends }) => ends)),
      longestRecovery: round(recoveries.at(-1) ?? 0),
      medianRecovery: round(median(recoveries)),
    };
  });
  return { seed, planned, runs: outcomes.length, held, failed: outcomes.length - held, seconds: round(seconds), faults, replays };
}

/** As Markdown. */
export function summaryTable({ seed, planned, runs, held, failed, seconds, faults, replays }: Summary): string {
  const lines = [
    '| fault | runs | held | failed | captures ended as | recovery, median (s) | longest (s) |',
    '|---|---|---|---|---|---|---|',
    ...faults.map((fault) => `| ${fault.fault} | ${fault.runs} | ${fault.held} | ${fault.failed} | ${describeEnds(fault.ends)} | ${fault.medianRecovery.toFixed(1)} | ${fault.longestRecovery.toFixed(1)} |`),
    '',
    `Seed ${seed}: ${runs} ${runs < planned ? `of ${planned} runs, then interrupted` : 'runs'}, ${held} held, ${failed} failed, in ${seconds.toFixed(0)} s.`,
  ];
  return [...lines, ...replays.map((replay) => `Again: ${replay}`)].join('\n');
}

function median(sorted: readonly number[]): number {
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return (upper + (sorted[Math.ceil(sorted.length / 2) - 1] ?? upper)) / 2;
}

function countOf(ends: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(ends.toSorted(), (end) => end)].map(([end, same]) => [end, same.length]));
}

function describeEnds(ends: FaultSummary['ends']): string {
  return Object.entries(ends).map(([end, count]) => `${count} ${end}`).join(', ');
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
