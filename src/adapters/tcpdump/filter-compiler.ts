import { checkCaptureFilter } from '../../core/capture-filter.ts';
import { FilterInvalidError, FilterTooComplexError, FilterTooSlowError } from '../../core/errors/filter-errors.ts';
import { TcpdumpFailedError } from '../../core/errors/tcpdump-errors.ts';
import { plainEnvironment } from './chain-environment.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { programFailure } from './program-failure.ts';
import { oneLine } from './start-failure.ts';

/** A usual filter takes 3 ms. */
const LIMIT_SECONDS = 2;

/** What the kernel takes at most (BPF_MAXINSNS); a longer program would run in tcpdump, on every packet. */
export const MAX_INSTRUCTIONS = 4096;

/** Compiling is all processor; many at a time would only slow down each other, beyond the limit. */
const AT_A_TIME = 2;

/** Filters whose verdict is remembered. */
const MOST_REMEMBERED = 200;

/** Compiles filters as tcpdump would, without any privilege, device or look-up by DNS. */
export class FilterCompiler {
  readonly #limit = new ConcurrencyLimit(AT_A_TIME);
  /** Filters that compile, with their link type; the least recently used first. */
  readonly #good = new Set<string>();

  /**
   * @param linkType libpcap's name of it
   * @throws FilterTooLongError, FilterHostNameError, FilterInvalidError, FilterTooSlowError, FilterTooComplexError,
   * ProgramMissingError
   */
  async compile(filter: string, linkType: string): Promise<void> {
    checkCaptureFilter(filter);
    if (filter.includes('\0')) throw new FilterInvalidError(filter, linkType, 'it holds a NUL character');
    const key = `${linkType} ${filter}`;
    if (!this.#good.delete(key)) await this.#limit.run(() => compile(filter, linkType));
    this.#good.add(key);
    for (const oldest of this.#good) {
      if (this.#good.size <= MOST_REMEMBERED) break;
      this.#good.delete(oldest);
    }
  }
}

async function compile(filter: string, linkType: string): Promise<void> {
  const { execa } = await import('execa');
  const result = await execa('setpriv', ['--pdeathsig', 'KILL', 'tcpdump', '-y', linkType, '-n', '-ddd', '--', filter], {
    stdin: 'ignore',
    reject: false,
    timeout: LIMIT_SECONDS * 1000,
    // execa's own cleaning up would end this process on a signal that it has a listener of its own for.
    cleanup: false,
    killSignal: 'SIGKILL',
    cwd: '/',
    env: plainEnvironment(),
    extendEnv: false,
  });
  const { exitCode, stderr, code, originalMessage = '' } = result;
  if (result.timedOut) throw new FilterTooSlowError(filter, LIMIT_SECONDS);
  const failure = programFailure('setpriv', exitCode === undefined && code ? { notStarted: { code, reason: originalMessage } } : {}, stderr);
  if (failure) throw failure;
  if (exitCode === 1) throw new FilterInvalidError(filter, linkType, oneLine(stderr));
  // With -ddd the first line is the number of instructions (tcpdump(1)).
  const instructions = Number.parseInt(result.stdout, 10);
  if (exitCode !== 0 || Number.isNaN(instructions)) throw new TcpdumpFailedError('did not compile the filter', oneLine(stderr));
  if (instructions > MAX_INSTRUCTIONS) throw new FilterTooComplexError(filter, instructions, MAX_INSTRUCTIONS);
}
