import { CaptureError } from '../../core/errors/index.ts';

export interface ProgramOptions {
  /** As a message names it: "the agent". */
  readonly name: string;
  /** What `--help` prints. */
  readonly help: () => string;
  /** pino's, for one. */
  readonly logger: { readonly fatal: (fields: Readonly<Record<string, unknown>>, message: string) => void };
}

/**
 * Runs a program that is set by environment variables and knows no option but `--help`. When `main` rejects, that is
 * told and the exit code is 1; for any other option it is 2.
 */
export function runProgram(main: () => Promise<void>, { name, help, logger }: ProgramOptions): void {
  const [option] = process.argv.slice(2);
  if (option === '--help') {
    process.stdout.write(help());
  } else if (option !== undefined) {
    process.stderr.write(`${option} is no option: --help is the only one; ${name} is set by environment variables.\n`);
    process.exitCode = 2;
  } else {
    main().catch((error: unknown) => {
      process.exitCode = tellFailure(error, logger);
    });
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
