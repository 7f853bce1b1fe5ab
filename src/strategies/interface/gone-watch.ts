import type { Clock } from '../../core/clock.ts';

/** Milliseconds between two looks. */
const LOOK_EVERY_MS = 1000;

/** What a look finds: a sentence when what is watched is gone. It may throw where nothing can be known this time. */
export type Look = (stop: AbortSignal) => Promise<string | undefined>;

/** Looks once a second whether something is gone, until disposed. */
export class GoneWatch implements Disposable {
  readonly #gone = new AbortController();
  readonly #stopped = new AbortController();

  constructor(clock: Clock, look: Look) {
    void this.#watch(clock, look);
  }

  /** Aborted with a sentence as its reason. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  [Symbol.dispose](): void {
    this.#stopped.abort();
  }

  async #watch(clock: Clock, look: Look): Promise<void> {
    const stop = this.#stopped.signal;
    let gone: string | undefined;
    while (!stop.aborted && gone === undefined) {
      try {
        await clock.sleep(LOOK_EVERY_MS, stop, { background: true });
        gone = await look(stop);
      } catch {
        // Stopped, or it could not be looked at this time: nothing is known, so nothing is said.
      }
    }
    if (!stop.aborted) this.#gone.abort(gone);
  }
}
