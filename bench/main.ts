// Measures the figures of docs/performance.md. `npm run bench -- --help`
import { circumstances } from './circumstances.ts';
import { type BenchOptions, HELP, parseCommandLine } from './command-line.ts';
import { isMet } from './figure.ts';
import { isFailed, toJson, toTable } from './outcome.ts';
import { runSubjects } from './run-subjects.ts';
import { checkNames, isAskedFor, loadSubjects } from './subjects.ts';

async function main({ only, json, list, check }: BenchOptions): Promise<number> {
  const subjects = (await loadSubjects()).filter(({ names }) => names.some((name) => isAskedFor(name, only)));
  if (list) {
    for (const { names, needs } of subjects) for (const name of names) process.stdout.write(`${name.padEnd(32)}needs ${needs.join(', ') || 'nothing'}\n`);
    return 0;
  }
  const measured = circumstances();
  if (measured.loadAverage > measured.cores / 4) say(`The machine is not quiet: its load average is ${measured.loadAverage}. Ratios suffer less than values, and both do.`);
  const outcomes = (await runSubjects(subjects, say)).filter(({ name }) => isAskedFor(name, only));
  process.stdout.write(json ? `${JSON.stringify(toJson(outcomes, measured))}\n` : toTable(outcomes));
  const missed = outcomes.filter((outcome) => !isFailed(outcome) && isMet(outcome) === false).map(({ name }) => name);
  const failed = outcomes.filter(isFailed).map(({ name }) => name);
  if (missed.length > 0) say(`Missed: ${missed.join(', ')}`);
  if (failed.length > 0) say(`Not measured: ${failed.join(', ')}`);
  return failed.length > 0 || (check && missed.length > 0) ? 1 : 0;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function readOptions(): Promise<BenchOptions | undefined> {
  try {
    const options = parseCommandLine(process.argv.slice(2));
    checkNames(options.only, await loadSubjects());
    return options;
  } catch (error) {
    say(`${(error as Error).message}\n\n${HELP}`);
    return undefined;
  }
}

// What a subject has started ends with this process, which its handlers of `exit` see to.
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) process.once(signal, () => process.exit(code));

const options = await readOptions();
if (options === undefined) {
  process.exitCode = 2;
} else if (options.help) {
  process.stdout.write(HELP);
} else {
  process.exitCode = await main(options);
}
