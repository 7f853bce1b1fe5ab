import { closeSync, type FSWatcher, openSync, readSync, watch } from 'node:fs';
import { once } from 'node:events';

/** A line of a log, and when it was read. */
export interface ReadLine {
  readonly line: Readonly<Record<string, unknown>>;
  /** `performance.now()` */
  readonly at: number;
}

/** How long a line may take before it counts as never coming. */
const PATIENCE_MS = 60_000;
const CHUNK_BYTES = 65_536;

/** What a program writes to its log, JSON lines in a file, from now on and as soon as it is written. */
export class LogTail implements Disposable {
  readonly #fd: number;
  readonly #watcher: FSWatcher;
  readonly #unread: ReadLine[] = [];
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #begun = Buffer.alloc(0);

  constructor(file: string) {
    this.#fd = openSync(file, 'r');
    this.#watcher = watch(file);
    this.#read();
    this.#unread.length = 0;
  }

  /**
   * Resolves with the next line that fits; those before it are passed over.
   * @throws Error when there is none within a minute
   */
  async next(fits: (line: ReadLine['line']) => boolean): Promise<ReadLine> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      // Before the file is read, so that nothing is written in between unseen.
      const changed = once(this.#watcher, 'change', { signal: deadline });
      changed.catch(() => undefined);
      this.#read();
      const index = this.#unread.findIndex(({ line }) => fits(line));
      const [found] = this.#unread.splice(0, index + 1).slice(-1);
      if (found) return found;
      await changed.catch(() => {
        throw new Error(`the log has no such line after ${PATIENCE_MS / 1000} s: ${JSON.stringify(this.#unread.map(({ line }) => line))}`);
      });
    }
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
    closeSync(this.#fd);
  }

  #read(): void {
    for (let bytes = readSync(this.#fd, this.#chunk); bytes > 0; bytes = readSync(this.#fd, this.#chunk)) {
      this.#begun = Buffer.concat([this.#begun, this.#chunk.subarray(0, bytes)]);
    }
    const at = performance.now();
    const end = this.#begun.lastIndexOf('\n') + 1;
    const whole = this.#begun.subarray(0, end).toString().split('\n').filter((text) => text !== '');
    this.#begun = this.#begun.subarray(end);
    for (const text of whole) this.#unread.push({ line: JSON.parse(text) as ReadLine['line'], at });
  }
}
