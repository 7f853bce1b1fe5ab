import { parseArgs } from 'node:util';
import { cellsOf, deal } from './deck.ts';
import { type Cell, type FaultKind, LIFECYCLES } from './fault.ts';
import { DESCRIPTIONS } from './faults/descriptions.ts';
import { FAULTS } from './faults/index.ts';
import { STEPS } from './steps.ts';

export interface FaultsCommand {
  readonly seed: string;
  readonly plan: readonly PlannedCell[];
  readonly workers: number;
  readonly json: boolean;
  readonly keep: boolean;
}

export interface PlannedCell extends Cell {
  readonly round: number;
}

export const HELP = `npm run test:faults [-- OPTIONS]

Lets things go wrong while captures are on their way: real agents, a real kube-apiserver, real tcpdump (docs/reliability.md).
Needs root, tcpdump and a real kube-apiserver. A run takes some 10 s; --runs 332 half an hour on two quiet cores.

  --seed S      the same runs again (default: another one each time)
  --runs N      how many (default 30, or as many as --only with a step names); 332 have every fault at every step once
  --only WHAT   FAULT[,FAULT…][@STEP][+LIFECYCLE], as a line of the output names it: tcpdump-sigkill@running+stop
  --round R     which of the runs of that name; a line's #R (default 0)
  --workers W   so many at a time, each with an API server of its own (default 2)
  --json        prints the summary as one JSON object; npm --silent run leaves npm's own lines out
  --keep        keeps the evidence of runs that held, too, in artifacts/faults/SEED
  --list        lists faults, steps and lifecycle actions
  --help        shows this

Ends with 0 when all held, 1 when one did not or it was interrupted, 2 for a wrong option.
`;

/** @returns `undefined` when only something was asked about: that is in `answer`. @throws Error that says what is wrong with an option. */
export function parseCommandLine(argv: readonly string[]): FaultsCommand | { readonly answer: string } {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string' },
      runs: { type: 'string' },
      only: { type: 'string' },
      round: { type: 'string', default: '0' },
      workers: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { answer: HELP };
  if (values.list) return { answer: list() };
  const seed = values.seed ?? String(Date.now() % 1_000_000);
  if (seed === '') throw new Error('--seed is empty; give a number or a word, or leave it out.');
  const named = values.only === undefined ? undefined : cellsNamed(values.only);
  const exact = named?.isExact ? named.cells : undefined;
  const runs = whole('runs', values.runs ?? String(exact?.length ?? 30), 1);
  const round = whole('round', values.round, 0);
  const cells = exact ? again(exact, round) : deal(seed, named?.kinds ?? FAULTS);
  return { seed, plan: Array.from({ length: runs }, () => cells.next().value), workers: whole('workers', values.workers, 1), json: values.json, keep: values.keep };
}

function whole(option: string, given: string, least: number): number {
  if (!/^\d+$/.test(given) || Number(given) < least) throw new Error(`--${option} is ${JSON.stringify(given)}; it must be a whole number from ${least}.`);
  return Number(given);
}

/** What `--only` names. Exact: a step or a lifecycle action is among it, so that there is nothing to deal. */
function cellsNamed(only: string): { readonly kinds: readonly FaultKind[]; readonly cells: readonly Cell[]; readonly isExact: boolean } {
  const [, faults = '', step, lifecycle] = /^([^@+]*)(?:@([^+]*))?(?:\+(.*))?$/.exec(only) ?? [];
  if (only === '') throw new Error('--only is empty; it must be FAULT[,FAULT…][@STEP][+LIFECYCLE]. --list says what there is.');
  const names = faults === '' ? FAULTS.map(({ name }) => name) : faults.split(',');
  const kinds = names.map((name) => FAULTS.find((kind) => kind.name === name) ?? unknown('fault', name));
  if (step !== undefined && !STEPS.some((known) => known === step)) unknown('step', step);
  if (lifecycle !== undefined && !LIFECYCLES.some((known) => known === lifecycle)) unknown('lifecycle action', lifecycle);
  const cells = kinds.flatMap(cellsOf).filter((cell) => (step === undefined || cell.step === step) && (lifecycle === undefined || cell.lifecycle === lifecycle));
  if (cells.length === 0) {
    const sensible = kinds.map(({ name, steps = STEPS, lifecycles = LIFECYCLES }) => `${name} goes with @ ${steps.join(', ')} + ${lifecycles.join(', ')}`);
    throw new Error(`--only ${only} makes no sense: ${sensible.join('; ')}.`);
  }
  return { kinds, cells, isExact: step !== undefined || lifecycle !== undefined };
}

function unknown(what: string, name: string): never {
  const all = { 'fault': FAULTS.map((kind) => kind.name), 'step': STEPS, 'lifecycle action': LIFECYCLES }[what] ?? [];
  throw new Error(`There is no ${what} ${JSON.stringify(name)}. There are ${all.join(', ')}.`);
}

function* again(cells: readonly Cell[], first: number): Generator<PlannedCell, never> {
  for (let round = first; ; round += 1) for (const cell of cells) yield { ...cell, round };
}

function list(): string {
  const width = Math.max(...FAULTS.map(({ name }) => name.length));
  return [
    'Faults, and the steps at which they can strike (all, where none is named):',
    ...FAULTS.map(({ name, steps }) => `  ${name.padEnd(width)}  ${DESCRIPTIONS[name] ?? ''}${steps ? ` @ ${steps.join(', ')}` : ''}`),
    '',
    `Steps: ${STEPS.join(', ')}`,
    `Lifecycle actions, done to the resource while its agent is halted at the step: ${LIFECYCLES.join(', ')}`,
    '',
  ].join('\n');
}
