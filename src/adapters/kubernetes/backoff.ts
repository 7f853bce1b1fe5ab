import type { Clock } from '../../core/clock.ts';

/** How long is waited between tries that fail. */
export interface BackoffOptions {
  /** Milliseconds. Default: 800. */
  readonly first?: number;
  /** Milliseconds. Default: 30,000. */
  readonly longest?: number;
}

/** Waits longer from failure to failure, each time by chance up to twice as long, so that many agents do not come at once. */
export class Backoff {
  readonly #clock: Clock;
  readonly #first: number;
  readonly #longest: number;
  #failures = 0;

  constructor(clock: Clock, { first = 800, longest = 30_000 }: BackoffOptions = {}) {
    this.#clock = clock;
    this.#first = first;
    this.#longest = longest;
  }

  /** The longest wait, in milliseconds: what works for that long has recovered. */
  get longest(): number {
    return this.#longest;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** @param atLeast milliseconds, as the server asks for; at most twice the longest wait is granted. */
  async wait(signal: AbortSignal, atLeast = 0): Promise<void> {
    const step = this.#first * 2 ** Math.min(this.#failures, 16);
    this.#failures += 1;
    await this.#clock.sleep(Math.max(Math.min(step * (1 + Math.random()), this.#longest), Math.min(atLeast, 2 * this.#longest)), signal);
  }
}
