import { formatBytes } from '../../core/quantity.ts';
import { type Screen, writeLine } from '../screen.ts';

export interface ProgressLineOptions {
  readonly screen: Screen;
  /** What is fetched. */
  readonly label: string;
  /** Bytes in all, and of these the ones that were there before. */
  readonly total: number;
  readonly begun: number;
  /** Milliseconds, from any moment. Default: performance.now. */
  readonly now?: () => number;
}

const REDRAW_MS = 100;
const LINE_EVERY_MS = 10_000;
const BAR_CELLS = 24;
/** What comes in the first moment says nothing about what is to come. */
const RATE_KNOWN_AFTER_MS = 1000;

/** How far a download is: one line that is redrawn on a terminal, a line every ten seconds elsewhere. */
export class ProgressLine {
  readonly #options: ProgressLineOptions;
  readonly #now: () => number;
  readonly #started: number;
  #done: number;
  #shown: number;
  #drawn = false;

  constructor(options: ProgressLineOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#started = this.#now();
    this.#done = options.begun;
    // The first line of a terminal comes at once, elsewhere only what takes long is told.
    this.#shown = options.screen.isTTY ? -Infinity : this.#started;
  }

  /** Of 100, whole. */
  get percent(): number {
    const { total } = this.#options;
    return total === 0 ? 100 : Math.floor((100 * this.#done) / total);
  }

  arrived(bytes: number): void {
    this.#done += bytes;
    const now = this.#now();
    const { screen } = this.#options;
    if (now - this.#shown < (screen.isTTY ? REDRAW_MS : LINE_EVERY_MS)) return;
    this.#shown = now;
    if (screen.isTTY) {
      this.#drawn = true;
      screen.write(`\r${this.#line(now, true).slice(0, (screen.columns ?? 80) - 1)}\u001b[K`);
    } else {
      screen.write(`${this.#line(now, false)}\n`);
    }
  }

  /** A line of text, above the bar where there is one. */
  tell(text: string): void {
    this.clear();
    writeLine(this.#options.screen, text);
  }

  clear(): void {
    if (this.#drawn) this.#options.screen.write('\r\u001b[K');
    this.#drawn = false;
    this.#shown = this.#options.screen.isTTY ? -Infinity : this.#shown;
  }

  #line(now: number, bar: boolean): string {
    const { label, total, begun } = this.#options;
    const elapsed = now - this.#started;
    const rate = elapsed >= RATE_KNOWN_AFTER_MS ? ((this.#done - begun) * 1000) / elapsed : 0;
    const filled = Math.round((BAR_CELLS * this.percent) / 100);
    return [
      label,
      ...(bar ? [`[${'='.repeat(filled)}${' '.repeat(BAR_CELLS - filled)}]`] : []),
      `${this.percent} %`,
      `${formatBytes(this.#done)} of ${formatBytes(total)}`,
      ...(rate > 0 ? [`${formatBytes(rate)}/s`, `${duration((total - this.#done) / rate)} left`] : []),
    ].join('  ');
  }
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
