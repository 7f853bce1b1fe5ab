import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly json: boolean;
  /** Names or beginnings of names; empty: all. */
  readonly only: readonly string[];
  readonly list: boolean;
  readonly check: boolean;
  readonly help: boolean;
}

export const HELP = `npm run bench [-- OPTIONS]

Measures every figure of docs/performance.md, one after another. Needs root, tcpdump and a real kube-apiserver; for install,
e2e, get and agent.containerMemory what a cluster of its own needs (as npm run test:e2e). What is missing is said.

  --json           prints one object {"measured":{…},"figures":[{"name","value","unit","baseline","ratio","target","met"}]}
                   instead of the table (npm itself writes two lines before it; npm run --silent bench does not)
  --only NAME,…    these figures only; createToRunning is createToRunning.p50 and createToRunning.p99
  --list           names the figures and what each needs, and measures nothing
  --check          a target that is missed is a failure, too
  --help           shows this

Ends with 0, with 1 when a figure could not be measured (with --check: or misses its target), 2 for an unknown option.
`;

/** @throws Error that says what was given */
export function parseCommandLine(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const [first] = positionals;
  if (first !== undefined && values.only.length === 0) throw new Error(`${JSON.stringify(first)} is no option. For one figure: --only ${first}`);
  return { ...values, only: [...values.only, ...positionals].flatMap((names) => names.split(',')) };
}
