import { accessSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SettingInvalidError } from '../../core/errors/agent-errors.ts';
import { errorMessage, quote } from '../../core/errors/capture-error.ts';
import type { CapturingMark } from '../../core/one-shot/capturing-mark.ts';

/** An empty file that is there while tcpdump captures, for a container's probe. */
export class ReadyFile implements CapturingMark {
  readonly #path: string;

  /**
   * Makes its folder where that is missing, and sees to it that the file is not there yet.
   * @throws SettingInvalidError when there can be none
   */
  constructor(path: string) {
    this.#path = path;
    try {
      // Only the last one of them: of many, where none can be, Node.js tries without end.
      if (!existsSync(dirname(path))) mkdirSync(dirname(path));
      // Not tried out: a probe may look just then.
      accessSync(dirname(path), constants.W_OK);
      this.clear();
    } catch (error) {
      const problem = `READY_FILE is ${quote(path)}, and no file can be made there: ${errorMessage(error)}.`;
      throw new SettingInvalidError({ problem, advice: 'Set it to a path in a folder that can be written to.' });
    }
  }

  set(): void {
    writeFileSync(this.#path, '');
  }

  clear(): void {
    rmSync(this.#path, { force: true });
  }
}
