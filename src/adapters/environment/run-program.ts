import { CaptureError, SettingInvalidError } from '../../core/errors/index.ts';
import { parseOptions } from './parse-options.ts';
import type { Setting, Texts } from './settings-table.ts';

/** What a program does instead, where it is asked to by an option that has no value. */
export interface ProgramMode {
  /** Resolves with the exit code. */
  readonly main: (given: Texts) => Promise<number>;
  /** Printed after the program's own. */
  readonly help: () => string;
  /** What it can be told then, in place of the program's. */
  readonly settings: readonly Setting<unknown>[];
  /** Tells why it ends, and returns the exit code. */
  readonly fails: (error: unknown, environment: Texts) => number;
}

/** What {@link runProgram} needs to know of a program. */
export interface ProgramOptions {
  /** As a message names it: "the agent". */
  readonly name: string;
  /** What `--help` prints. */
  readonly help: () => string;
  /** What it can be told; each that has an option also on the command line. */
  readonly settings: readonly Setting<unknown>[];
  /** By their options: `once` of `--once`. Default: none. */
  readonly modes?: Readonly<Record<string, ProgramMode>>;
  /** pino's, for one. */
  readonly logger: {
    /** Is told why the program ends. */
    readonly fatal: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  };
}

/**
 * Runs a program that is set by environment variables, and by options where a setting has one. When `main` rejects, that
 * is told and the exit code is 1; for a command line that is wrong it is 2. A mode says itself what it is.
 * @param main gets the variables of the environment, those that an option sets as the option says.
 */
export function runProgram(main: (given: Texts) => Promise<void>, { name, help, settings, modes = {}, logger }: ProgramOptions): void {
  const argv = process.argv.slice(2);
  const mode = Object.entries(modes).find(([option]) => argv.includes(`--${option}`))?.[1];
  try {
    const options = parseOptions(argv, mode?.settings ?? settings, Object.keys(modes));
    if (options === 'help') {
      process.stdout.write([help(), ...Object.values(modes).map((other) => other.help())].join('\n'));
      return;
    }
    const given = { ...process.env, ...options };
    const ended = mode ? mode.main(given) : main(given).then(() => undefined);
    ended.then(
      (exitCode) => {
        if (exitCode !== undefined) process.exitCode = exitCode;
      },
      (error: unknown) => {
        process.exitCode = mode ? mode.fails(error, given) : tellFailure(error, logger);
      },
    );
  } catch (error) {
    if (!CaptureError.is(error)) throw error;
    const problem = `The command line of ${name} is wrong. ${error.problem}`;
    if (mode) {
      process.exitCode = mode.fails(new SettingInvalidError({ problem, advice: error.advice }), process.env);
      return;
    }
    process.stderr.write(`${problem} ${error.advice}\n`);
    process.exitCode = 2;
  }
}

/**
 * Tells why a program ends: to people on stderr, to programs that read the log as a line of it.
 * @returns the exit code, 1
 */
export function tellFailure(error: unknown, logger: ProgramOptions['logger']): 1 {
  const { code, text } = CaptureError.is(error) ? { code: error.code, text: error.message } : { text: String((error as Error).stack) };
  logger.fatal({ code }, text);
  process.stderr.write(`${text}\n`);
  return 1;
}
