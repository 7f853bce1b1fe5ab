import type { CaptureError } from '../../core/errors/capture-error.ts';
import { ProcessNotStartedError, ProgramMissingError } from '../../core/errors/tcpdump-errors.ts';
import type { ChainExit } from './chain.ts';

const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  tcpdump: 'tcpdump',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  timeout: 'coreutils',
};

/** As setpriv, nsenter and timeout say it under LC_ALL=C. */
const NOT_EXECUTED = /failed to (?:execute|run command) '?(?<program>[^\s:']+)'?: (?<reason>.*)/;

/** The error for a program that is not there, with the Debian package that has it. */
export function missingProgram(program: string): ProgramMissingError {
  return new ProgramMissingError(program, DEBIAN_PACKAGES[program] ?? program);
}

/** Why a program of a chain could not be executed, or `undefined` when all of them were. */
export function programFailure(first: string, exit: Pick<ChainExit, 'notStarted'>, stderr: string): CaptureError | undefined {
  if (exit.notStarted) {
    const { code, reason } = exit.notStarted;
    return code === 'ENOENT' ? missingProgram(first) : new ProcessNotStartedError(first, reason);
  }
  const { program, reason } = NOT_EXECUTED.exec(stderr)?.groups ?? {};
  if (program === undefined || reason === undefined) return undefined;
  return reason.startsWith('No such file') ? missingProgram(program) : new ProcessNotStartedError(program, reason);
}
