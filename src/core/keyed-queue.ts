import type { Clock } from './clock.ts';
import { errorMessage } from './errors/capture-error.ts';
import { type Logger, silentLogger } from './logger.ts';

export interface KeyedQueueOptions {
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Keys that are worked on at the same time. Default: 64. */
  readonly concurrency?: number;
  /** Wait after the first failure of a key; doubles with each further one. Milliseconds. Default: 200. */
  readonly firstRetryAfter?: number;
  /** Longest wait between two tries. Milliseconds. Default: 30,000. */
  readonly longestRetryAfter?: number;
}

/**
 * Runs `work` for keys, never twice at once for the same key. A key that is added while it is worked on runs once more
 * afterwards. A rejection is logged and retried with backoff, for ever. The model is client-go's workqueue.
 */
export class KeyedQueue {
  readonly #work: (key: string) => Promise<void>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #concurrency: number;
  readonly #firstRetryAfter: number;
  readonly #longestRetryAfter: number;
  readonly #waiting = new Set<string>();
  readonly #working = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, { readonly due: number; readonly timer: AbortController }>();
  #closed = false;

  constructor(work: (key: string) => Promise<void>, options: KeyedQueueOptions) {
    this.#work = work;
    this.#clock = options.clock;
    this.#logger = options.logger ?? silentLogger;
    this.#concurrency = options.concurrency ?? 64;
    this.#firstRetryAfter = options.firstRetryAfter ?? 200;
    this.#longestRetryAfter = options.longestRetryAfter ?? 30_000;
  }

  /** Keys that wait or are worked on. */
  get depth(): number {
    return this.#waiting.size + this.#working.size;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#waiting.add(key);
    this.#dispatch();
  }

  /** Adds a key after `ms`, unless it is already due earlier. */
  addAfter(key: string, ms: number): void {
    const due = this.#clock.uptime() + ms;
    const planned = this.#timers.get(key);
    if (this.#closed || (planned && planned.due <= due)) return;
    planned?.timer.abort();
    const timer = new AbortController();
    this.#timers.set(key, { due, timer });
    this.#clock.sleep(ms, timer.signal).then(
      () => {
        this.#timers.delete(key);
        this.add(key);
      },
      () => undefined,
    );
  }

  /** Takes no more keys, and resolves when the work that is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    for (const { timer } of this.#timers.values()) timer.abort();
    this.#timers.clear();
    await Promise.all(this.#working.values());
  }

  #dispatch(): void {
    for (const key of this.#waiting) {
      if (this.#working.size >= this.#concurrency) return;
      if (this.#working.has(key)) continue;
      this.#waiting.delete(key);
      this.#working.set(key, this.#process(key));
    }
  }

  async #process(key: string): Promise<void> {
    // Lets add() return before any work begins, so that a caller's own state is settled.
    await Promise.resolve();
    try {
      await this.#work(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      const retryAfter = Math.min(this.#firstRetryAfter * 2 ** (failures - 1), this.#longestRetryAfter);
      this.#logger.warn({ key, failures, retryAfter, error: errorMessage(error) }, 'will try again');
      this.addAfter(key, retryAfter);
    } finally {
      this.#working.delete(key);
      this.#dispatch();
    }
  }
}
