import type { WriteStream } from 'node:tty';

const BAR_WIDTH = 16;
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[2K';

/** What people see: lines, and below them a bar where the stream is a terminal. */
export class Screen implements Disposable {
  readonly #stream: WriteStream;
  #hasBar = false;
  #quarters = 0;

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  line(text = ''): void {
    this.endBar();
    this.#stream.write(`${text}\n`);
  }

  /** Draws the bar anew; without a terminal, prints a line at each quarter of the way. */
  progress(fraction: number, text: string): void {
    const percent = `${Math.floor(fraction * 100)} %`.padStart(5);
    if (this.#stream.isTTY) {
      const filled = Math.round(fraction * BAR_WIDTH);
      const bar = `  ${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${percent}  ${text}`;
      this.#stream.write(`${CLEAR_LINE}${bar.slice(0, (this.#stream.columns || DEFAULT_COLUMNS) - 1)}`);
      this.#hasBar = true;
    } else if (Math.floor(fraction * 4) > this.#quarters) {
      this.#quarters = Math.floor(fraction * 4);
      this.line(`  ${percent}  ${text}`);
    }
  }

  /** Leaves the bar where it stands. */
  endBar(): void {
    if (this.#hasBar) this.#stream.write('\n');
    this.#hasBar = false;
  }

  [Symbol.dispose](): void {
    this.endBar();
  }
}
