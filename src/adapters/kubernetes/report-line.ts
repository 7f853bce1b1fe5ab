import type { Clock } from '../../core/clock.ts';
import { ClaimLostError } from '../../core/errors/index.ts';
import type { StatusReport } from '../../core/progress-sink.ts';

/**
 * The reports of one capture on their way out: one at a time, and those that repeat a progress at most once in a while.
 * A repetition that comes too early is taken over at once and written when the while is over, unless a newer report
 * comes first; so nobody waits for counters, and the last ones are never lost.
 */
export class ReportLine implements Disposable {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #write: (report: StatusReport) => Promise<void>;
  #tail: Promise<void> = Promise.resolve();
  #lastProgress: StatusReport['progress'] | undefined;
  #lastWritten = -Infinity;
  #pending: StatusReport | undefined;
  #timer: AbortController | undefined;
  #lost: ClaimLostError | undefined;
  #writes = 0;

  /** @param interval milliseconds between two writes of the same progress. */
  constructor(clock: Clock, interval: number, write: (report: StatusReport) => Promise<void>) {
    this.#clock = clock;
    this.#interval = interval;
    this.#write = write;
  }

  /** Nothing is on its way, and the next report need not wait: as if there had been none. */
  get isIdle(): boolean {
    return this.#writes === 0 && this.#pending === undefined && this.#lastWritten + this.#interval <= this.#clock.uptime();
  }

  /** @throws whatever the write of this report throws, or `ClaimLostError` when a write since the last call found that. */
  async send(report: StatusReport): Promise<void> {
    if (this.#lost) throw this.#lost;
    const left = this.#lastWritten + this.#interval - this.#clock.uptime();
    if (report.progress === this.#lastProgress && left > 0) {
      this.#pending = report;
      this.#wake(left);
      return;
    }
    this.#pending = undefined;
    await this.#next(report);
  }

  [Symbol.dispose](): void {
    this.#pending = undefined;
    this.#timer?.abort();
  }

  async #next(report: StatusReport): Promise<void> {
    const write = this.#tail.then(() => this.#write(report));
    this.#tail = write.catch(() => undefined);
    this.#writes += 1;
    await write.finally(() => {
      this.#writes -= 1;
    });
    this.#lastProgress = report.progress;
    this.#lastWritten = this.#clock.uptime();
  }

  #wake(after: number): void {
    if (this.#timer) return;
    const timer = new AbortController();
    this.#timer = timer;
    this.#clock.sleep(after, timer.signal).then(
      () => void this.#writePending(),
      () => undefined,
    );
  }

  async #writePending(): Promise<void> {
    this.#timer = undefined;
    const report = this.#pending;
    if (!report) return;
    this.#pending = undefined;
    try {
      await this.#next(report);
    } catch (error) {
      if (error instanceof ClaimLostError) {
        this.#lost = error;
        return;
      }
      // A newer report, another progress above all, makes this one worthless.
      if (this.#lastProgress !== report.progress) return;
      this.#pending ??= report;
      this.#wake(this.#interval);
    }
  }
}
