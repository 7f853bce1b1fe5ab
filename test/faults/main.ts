// Faults as tests: `npm run test:faults -- --help`.
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { type FaultsCommand, parseCommandLine, type PlannedCell } from './command-line.ts';
import { cellName } from './deck.ts';
import type { FaultKind } from './fault.ts';
import { FAULTS } from './faults/index.ts';
import { Run, type RunOutcome } from './run.ts';
import { summarize, type Summary, summaryTable } from './summary.ts';

const ARTIFACTS = 'artifacts/faults';

function kindOf(name: string): FaultKind {
  const kind = FAULTS.find((candidate) => candidate.name === name);
  if (kind === undefined) throw new Error(`no fault ${name}`);
  return kind;
}

function replayOf(seed: string, cell: PlannedCell): string {
  return `npm run test:faults -- --seed ${seed} --only ${cellName(cell)}${cell.round === 0 ? '' : ` --round ${cell.round}`}`;
}

class Session {
  readonly #command: FaultsCommand;
  readonly #outcomes: RunOutcome[] = [];
  readonly #replays: string[] = [];
  readonly #began = performance.now();
  #begun = 0;

  constructor(command: FaultsCommand) {
    this.#command = command;
  }

  get summary(): Summary {
    const { seed, plan } = this.#command;
    return summarize(this.#outcomes, { seed, planned: plan.length, seconds: (performance.now() - this.#began) / 1000, replays: this.#replays });
  }

  /** Runs what the others have left, on an API server of its own. */
  async work(planned: Iterable<PlannedCell>): Promise<void> {
    await using api = await CaptureApi.start();
    for (const cell of planned) await this.#run(cell, api);
  }

  async #run(cell: PlannedCell, { server }: CaptureApi): Promise<void> {
    const { seed, keep } = this.#command;
    const name = `r${(this.#begun += 1)}`;
    const artifacts = `${ARTIFACTS}/${seed}`;
    const outcome = await new Run({ server, kind: kindOf(cell.fault), cell, seed: `${seed} ${cellName(cell)} ${cell.round}`, name, artifacts, keep }).run();
    this.#outcomes.push(outcome);
    process.stderr.write(`${this.#line(cell, outcome)}\n`);
    if (outcome.violations.length === 0) return;
    this.#replays.push(replayOf(seed, cell));
    for (const violation of outcome.violations) process.stderr.write(`       ${violation}\n`);
    process.stderr.write(`       again: ${replayOf(seed, cell)}\n       evidence: ${artifacts}/${name}-${cellName(cell)}\n`);
  }

  #line(cell: PlannedCell, { violations, seconds, recovery, draw, ends }: RunOutcome): string {
    const place = `${String(this.#outcomes.length).padStart(4)}/${this.#command.plan.length}`;
    const run = `${cellName(cell)}${cell.round === 0 ? '' : ` #${cell.round}`}`;
    const second = { 'none': 'no second capture', 'same-pod': 'a second capture of the same Pod', 'neighbour': "a capture of the other agent's Pod" }[draw.second];
    const shared = draw.sharedHostmount ? ', both agents on one hostmount' : '';
    return `${place} ${violations.length === 0 ? 'held  ' : 'FAILED'} ${run.padEnd(44)} ${seconds.toFixed(1).padStart(5)} s, recovered in ${recovery?.toFixed(2) ?? '-'} s: ${ends.join(' and ')} (asked: end by ${draw.end}, on ${draw.device}; ${second}${shared})`;
  }
}

async function main(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2));
  if ('answer' in command) {
    process.stdout.write(command.answer);
    return;
  }
  const { seed, plan, workers, json } = command;
  const session = new Session(command);
  const tell = () => process.stdout.write(json ? `${JSON.stringify(session.summary)}\n` : `${summaryTable(session.summary)}\n`);
  process.stderr.write(`seed ${seed}: ${plan.length} runs\n`);
  // What a run has begun ends with this process; what has come out so far is told.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      tell();
      process.exit(1);
    });
  }
  const planned = plan.values();
  await Promise.all(Array.from({ length: Math.min(workers, plan.length) }, () => session.work(planned)));
  tell();
  process.exitCode = session.summary.failed === 0 ? 0 : 1;
}

await main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(2);
});
