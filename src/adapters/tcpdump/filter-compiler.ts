import { checkCaptureFilter } from '../../core/capture-filter.ts';
import { FilterInvalidError, FilterTooComplexError, FilterTooSlowError } from '../../core/errors/filter-errors.ts';
import { TcpdumpFailedError, TcpdumpStartTimeoutError } from '../../core/errors/tcpdump-errors.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { plainEnvironment } from './chain-environment.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { processorSeconds } from './processor-time.ts';
import { programFailure } from './program-failure.ts';
import { oneLine } from './start-failure.ts';

/** Of a processor, which a busy machine may be long in giving. A usual filter takes 3 ms. */
const LIMIT_SECONDS = 2;

/** After that long a machine counts as too busy. */
const PATIENCE_SECONDS = 30;

const LOOK_EVERY_MS = 250;

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
  readonly #good = new RecentMap<string, true>(MOST_REMEMBERED);

  /**
   * @param linkType libpcap's name of it
   * @throws FilterTooLongError, FilterHostNameError, FilterInvalidError, FilterTooSlowError, FilterTooComplexError,
   * ProgramMissingError; the signal's reason when it is aborted
   */
  async compile(filter: string, linkType: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    checkCaptureFilter(filter);
    if (filter.includes('\0')) throw new FilterInvalidError(filter, linkType, 'it holds a NUL character');
    const key = `${linkType} ${filter}`;
    if (!this.#good.has(key)) await this.#limit.run(() => compile(filter, linkType, signal), signal);
    this.#good.set(key, true);
  }
}

async function compile(filter: string, linkType: string, signal: AbortSignal | undefined): Promise<void> {
  const { execa } = await import('execa');
  const overdue = new AbortController();
  const enough = signal ? AbortSignal.any([signal, overdue.signal]) : overdue.signal;
  const running = execa('setpriv', ['--pdeathsig', 'KILL', 'tcpdump', '-y', linkType, '-n', '-ddd', '--', filter], {
    stdin: 'ignore',
    reject: false,
    cancelSignal: enough,
    // execa's own cleaning up would end this process on a signal that it has a listener of its own for.
    cleanup: false,
    killSignal: 'SIGKILL',
    cwd: '/',
    env: plainEnvironment(),
    extendEnv: false,
  });
  const { pid } = running;
  const watch = pid === undefined ? undefined : watchTime(pid, filter, overdue);
  const result = await running.finally(() => clearInterval(watch));
  const { exitCode, stderr, code, originalMessage = '' } = result;
  if (result.isCanceled) throw enough.reason;
  const failure = programFailure('setpriv', exitCode === undefined && code ? { notStarted: { code, reason: originalMessage } } : {}, stderr);
  if (failure) throw failure;
  if (exitCode === 1) throw new FilterInvalidError(filter, linkType, oneLine(stderr));
  // With -ddd the first line is the number of instructions (tcpdump(1)).
  const instructions = Number.parseInt(result.stdout, 10);
  if (exitCode !== 0 || Number.isNaN(instructions)) throw new TcpdumpFailedError('did not compile the filter', oneLine(stderr));
  if (instructions > MAX_INSTRUCTIONS) throw new FilterTooComplexError(filter, instructions, MAX_INSTRUCTIONS);
}

/** Ends what has had its share of a processor, or has waited for one in vain. */
function watchTime(pid: number, filter: string, overdue: AbortController): NodeJS.Timeout {
  const begun = performance.now();
  return setInterval(() => {
    if ((processorSeconds(pid) ?? 0) >= LIMIT_SECONDS) overdue.abort(new FilterTooSlowError(filter, LIMIT_SECONDS));
    else if (performance.now() - begun > PATIENCE_SECONDS * 1000) overdue.abort(new TcpdumpStartTimeoutError(PATIENCE_SECONDS, 'it was to compile the filter'));
  }, LOOK_EVERY_MS);
}
