// Faults as tests: `npm run test:faults -- --seed S --runs N [--only FAULT@STEP[+LIFECYCLE]] [--json] [--workers W]`.
import { parseArgs } from 'node:util';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { cellName, deal } from './deck.ts';
import { type Cell, type FaultKind, LIFECYCLES } from './fault.ts';
import { FAULTS } from './faults/index.ts';
import { Run, type RunOutcome } from './run.ts';
import { STEPS } from './steps.ts';
import { summarize, summaryTable } from './summary.ts';

const ARTIFACTS = 'artifacts/faults';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    runs: { type: 'string', default: '30' },
    only: { type: 'string' },
    round: { type: 'string' },
    workers: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

interface Planned extends Cell {
  readonly round: number;
}

/** The cells to run, in order: of the deck, or where `--only` names a step, those that it names, round after round. */
function* plan(): Generator<Planned> {
  const { seed, only = '', runs } = values;
  let left = Number(runs);
  if (!Number.isInteger(left) || left < 1) throw new Error(`--runs is ${runs}; it must be a whole number from 1.`);
  const [, faults = '', step, lifecycle] = /^([^@+]*)(?:@([^+]*))?(?:\+(.*))?$/.exec(only) ?? [];
  const kinds = FAULTS.filter(({ name }) => faults === '' || faults.split(',').includes(name));
  const cells = kinds.flatMap(({ name: fault, steps = STEPS, lifecycles = LIFECYCLES }) =>
    steps.filter((each) => step === undefined || each === step).flatMap((each) =>
      lifecycles.filter((action) => lifecycle === undefined || action === lifecycle).map((action): Cell => ({ fault, step: each, lifecycle: action }))));
  if (cells.length === 0) {
    throw new Error(`--only is ${only}; it must be FAULT[,FAULT…][@STEP][+LIFECYCLE] of ${FAULTS.map(({ name }) => name).join(', ')} @ ${STEPS.join(', ')} + ${LIFECYCLES.join(', ')}.`);
  }
  const planned = step === undefined && lifecycle === undefined ? deal(seed, kinds) : again(cells, Number(values.round ?? 0));
  for (const cell of planned) {
    if (left-- === 0) return;
    yield cell;
  }
}

function* again(cells: readonly Cell[], first: number): Generator<Planned> {
  for (let round = first; ; round += 1) for (const cell of cells) yield { ...cell, round };
}

function kindOf(name: string): FaultKind {
  const kind = FAULTS.find((candidate) => candidate.name === name);
  if (kind === undefined) throw new Error(`no fault ${name}`);
  return kind;
}

function replayOf(cell: Planned): string {
  return `npm run test:faults -- --seed ${values.seed} --only ${cellName(cell)} --round ${cell.round} --runs 1`;
}

async function work(planned: Iterator<Planned, undefined>, outcomes: RunOutcome[], failures: string[], total: number): Promise<void> {
  await using api = await CaptureApi.start();
  for (;;) {
    const { value: cell, done }: IteratorResult<Planned, undefined> = planned.next();
    if (done) return;
    const number = ++begun;
    const name = `r${number}`;
    const run = new Run({ server: api.server, kind: kindOf(cell.fault), cell, seed: `${values.seed} ${cellName(cell)} ${cell.round}`, name, artifacts: `${ARTIFACTS}/${values.seed}`, keep: values.keep });
    const outcome = await run.run();
    outcomes.push(outcome);
    const { violations, seconds, recovery, draw, ends } = outcome;
    const verdict = violations.length === 0 ? 'held' : 'FAILED';
    const told = `${String(outcomes.length).padStart(4)}/${total} ${verdict.padEnd(6)} ${cellName(cell).padEnd(44)} ${seconds.toFixed(1).padStart(5)} s, right after ${recovery?.toFixed(1) ?? '-'} s: ${ends.join(' and ')}; end by ${draw.end}, on ${draw.device}, ${draw.second === 'none' ? 'alone' : draw.second}${draw.sharedHostmount ? ', shared hostmount' : ''}`;
    process.stderr.write(`${told}\n`);
    if (violations.length === 0) continue;
    failures.push(replayOf(cell));
    for (const violation of violations) process.stderr.write(`       ${violation}\n`);
    process.stderr.write(`       again: ${replayOf(cell)}\n       evidence: ${ARTIFACTS}/${values.seed}/${name}-${cellName(cell)}\n`);
  }
}

let begun = 0;

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write('npm run test:faults -- [--seed S] [--runs N] [--only FAULT[,FAULT…][@STEP[+LIFECYCLE]]] [--round R] [--workers W] [--json] [--keep]\n');
    return;
  }
  const cells = [...plan()];
  const outcomes: RunOutcome[] = [];
  const failures: string[] = [];
  process.stderr.write(`seed ${values.seed}: ${cells.length} runs\n`);
  const planned = cells.values();
  const began = performance.now();
  const tell = () => {
    const summary = summarize(outcomes, { seed: values.seed, seconds: (performance.now() - began) / 1000, replays: failures });
    process.stdout.write(values.json ? `${JSON.stringify(summary)}\n` : `${summaryTable(summary)}\n`);
  };
  // What a run has begun ends with this process; what has come out so far is told.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      tell();
      process.exit(1);
    });
  }
  await Promise.all(Array.from({ length: Math.min(Number(values.workers), cells.length) }, () => work(planned, outcomes, failures, cells.length)));
  tell();
  process.exitCode = failures.length === 0 ? 0 : 1;
}

await main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(2);
});
