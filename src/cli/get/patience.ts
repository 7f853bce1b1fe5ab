import { ApiConnectionError, ApiStatusError } from '../../adapters/kubernetes/api-errors.ts';
import { CommandFailedError, ExecCutError } from '../../adapters/kubernetes/exec-errors.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { AgentMissingError } from './get-errors.ts';

/** Waits before the next try, in milliseconds; after the last one the error is told. Together as long as a Pod takes to be replaced. */
const WAITS = [500, 1000, 2000, 4000, 8000, 16_000] as const;

/** Exit codes of a command whose Pod is ended: 128 and the signal (SIGKILL, SIGTERM). */
const ENDED_WITH_ITS_POD: readonly number[] = [137, 143];

export interface PatienceOptions {
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly tell: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Tries again what may pass by itself: cut connections, an API server that restarts, an agent's Pod that is replaced. */
export class Patience {
  readonly #options: PatienceOptions;
  #failures = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** What comes counts as a beginning anew. */
  progressed(): void {
    this.#failures = 0;
  }

  /** Waits for the next try. @throws the error, when another try would not help */
  async afterFailure(error: unknown): Promise<void> {
    const { sleep, tell, signal } = this.#options;
    signal.throwIfAborted();
    const wait = WAITS[this.#failures];
    if (wait === undefined || !mayPass(error)) throw error;
    this.#failures += 1;
    tell(`${errorMessage(error)} Trying again in ${wait / 1000} s (${this.#failures} of ${WAITS.length}).`);
    await sleep(wait, signal);
  }

  /** Does what is done as a whole or not at all. */
  async keepTrying<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await work();
        this.progressed();
        return result;
      } catch (error) {
        await this.afterFailure(error);
      }
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof ApiStatusError) return error.statusCode >= 500 || error.statusCode === 429 || error.statusCode === 404;
  if (error instanceof CommandFailedError) return ENDED_WITH_ITS_POD.includes(error.exitCode);
  return error instanceof ExecCutError || error instanceof ApiConnectionError || error instanceof AgentMissingError;
}
