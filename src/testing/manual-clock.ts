import type { Clock } from '../core/clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that moves only when told to. */
export class ManualClock implements Clock {
  /** Changes with {@link ManualClock.reboot}. */
  bootId = 'boot-1';
  #now: number;
  #uptime: number;
  #sleepers: Sleeper[] = [];

  /** @param start Wall clock and uptime to begin with, in milliseconds. */
  constructor({ now = Date.UTC(2026, 0, 1), uptime = 3_600_000 }: { readonly now?: number; readonly uptime?: number } = {}) {
    this.#now = now;
    this.#uptime = uptime;
  }

  /** Milliseconds since the Unix epoch, by what {@link ManualClock.advance} and {@link ManualClock.jump} made of it. */
  now(): number {
    return this.#now;
  }

  /** Milliseconds since boot: moves with {@link ManualClock.advance}, and begins again with {@link ManualClock.reboot}. */
  uptime(): number {
    return this.#uptime;
  }

  /** How many callers are asleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Resolves when {@link ManualClock.advance} has come that far. @throws the signal's reason when it is aborted */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      // The reason of an AbortSignal is whatever its owner gave.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      const fail = () => reject(signal?.reason);
      if (signal?.aborted) {
        fail();
        return;
      }
      const leave = () => (this.#sleepers = this.#sleepers.filter((other) => other !== sleeper));
      const abort = () => {
        leave();
        fail();
      };
      const sleeper: Sleeper = {
        until: this.#uptime + ms,
        wake: () => {
          leave();
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** Lets `ms` pass: wakes in order whoever sleeps until then, and lets what they do run in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#uptime + ms;
    await settle();
    for (;;) {
      const next = this.#sleepers.filter(({ until }) => until <= end).sort((a, b) => a.until - b.until)[0];
      this.#moveTo(next ? Math.max(next.until, this.#uptime) : end);
      if (!next) return;
      next.wake();
      await settle();
    }
  }

  /**
   * Lets time pass until `done` is settled, and settles as it does: it jumps from one moment that somebody sleeps until to
   * the next, at most `within` milliseconds away (default: a day). For parts that are all in memory; what a real disk or process does takes no time of this clock.
   * @throws Error when `done` is not settled by then, or when nobody waits for time to pass any more
   */
  async until<T>(done: Promise<T>, { within = 86_400_000 }: { readonly within?: number } = {}): Promise<T> {
    const state = { settled: false };
    const settled = () => void (state.settled = true);
    done.then(settled, settled);
    const end = this.#uptime + within;
    for (;;) {
      await settle();
      if (state.settled) return done;
      const next = Math.min(...this.#sleepers.map(({ until }) => until));
      if (next > end) throw new Error(next === Infinity ? 'It does not come about: nobody waits for time to pass. Let happen first what it waits for, such as packets or the end of another capture.' : `It did not come about within ${within} ms.`);
      await this.advance(Math.max(0, next - this.#uptime));
    }
  }

  /** Sets the wall clock, as an operator or NTP does; the time since boot knows nothing of it. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Boots the machine anew: another boot id, and an uptime that begins again. */
  reboot(): void {
    this.bootId = `boot-${Number(this.bootId.slice('boot-'.length)) + 1}`;
    this.#uptime = 0;
  }

  #moveTo(uptime: number): void {
    this.#now += uptime - this.#uptime;
    this.#uptime = uptime;
  }
}

/** Lets promises and immediates run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
