import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OFFSET_FILE } from './stepped-clock.ts';

const MODULE = fileURLToPath(new URL('./stepped-clock.ts', import.meta.url));

/** The wall clock of a Node process, which is stepped while it runs. The machine's is never touched. */
export class WallClock {
  /** For the environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #file: string;

  /** @param folder of its own, which outlives the process. */
  constructor(folder: string) {
    this.#file = join(folder, 'clock-offset');
    this.environment = { NODE_OPTIONS: `--import=${MODULE}`, [OFFSET_FILE]: this.#file };
    this.step(0);
  }

  /** From now on it is that many milliseconds ahead of (behind, if negative) the machine's. */
  step(offset: number): void {
    writeFileSync(`${this.#file}.new`, String(offset));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
