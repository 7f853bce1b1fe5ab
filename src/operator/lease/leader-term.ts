import type { Clock } from '../../core/clock.ts';

/** The time in which this process leads. */
export class LeaderTerm {
  readonly #clock: Clock;
  readonly #renewDeadline: number;
  readonly #expired: () => Error;
  readonly #controller = new AbortController();
  #renewedAt = -Infinity;
  #timer = new AbortController();

  /**
   * @param renewDeadline milliseconds.
   * @param expired why the term is over when nothing has renewed it for that long.
   */
  constructor(clock: Clock, renewDeadline: number, expired: () => Error) {
    this.#clock = clock;
    this.#renewDeadline = renewDeadline;
    this.#expired = expired;
  }

  /** Aborted at once when the term is over, with the reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** `Clock.uptime` of the last renewal. */
  get renewedAt(): number {
    return this.#renewedAt;
  }

  /** Milliseconds until it is over unless it is renewed. */
  get left(): number {
    return this.#renewedAt + this.#renewDeadline - this.#clock.uptime();
  }

  /** @param at `Clock.uptime` at which the renewal that has succeeded was sent: others may count from then on. */
  renewed(at: number): void {
    this.#renewedAt = at;
    void this.#guard();
  }

  end(reason: unknown): void {
    this.#timer.abort();
    this.#controller.abort(reason);
  }

  /** The deadline has a timer of its own, so that nothing which hangs can put it off. */
  async #guard(): Promise<void> {
    this.#timer.abort();
    const timer = new AbortController();
    this.#timer = timer;
    try {
      while (this.left > 0) await this.#clock.sleep(this.left, timer.signal);
    } catch {
      return;
    }
    this.end(this.#expired());
  }
}
