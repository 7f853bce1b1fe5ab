import { CaptureError } from '../../core/errors/index.ts';
import { parseOptions } from './parse-options.ts';
import type { Setting, Texts } from './settings-table.ts';

export interface ProgramOptions {
  /** As a message names it: "the agent". */
  readonly name: string;
  /** What `--help` prints. */
  readonly help: () => string;
  /** What it can be told; each that has an option also on the command line. */
  readonly settings: readonly Setting<unknown>[];
  /** pino's, for one. */
  readonly logger: { readonly fatal: (fields: Readonly<Record<string, unknown>>, message: string) => void };
}

/**
 * Runs a program that is set by environment variables, and by options where a setting has one. When `main` rejects, that
 * is told and the exit code is 1; for a command line that is wrong it is 2.
 * @param main gets the variables of the environment, those that an option sets as the option says.
 */
export function runProgram(main: (given: Texts) => Promise<void>, { name, help, settings, logger }: ProgramOptions): void {
  try {
    const options = parseOptions(process.argv.slice(2), settings);
    if (options === 'help') {
      process.stdout.write(help());
      return;
    }
    main({ ...process.env, ...options }).catch((error: unknown) => {
      process.exitCode = tellFailure(error, logger);
    });
  } catch (error) {
    if (!CaptureError.is(error)) throw error;
    process.stderr.write(`The command line of ${name} is wrong. ${error.message}\n`);
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
