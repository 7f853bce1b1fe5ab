import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanUp } from './scratch-folder.ts';

/** A Node.js process that runs a module of `processes/`, told what to do on stdin, heard line by line; killed after the test. */
export class ChildModule {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(module: string, ...argv: string[]) {
    const path = fileURLToPath(new URL(`./processes/${module}.ts`, import.meta.url));
    this.#process = spawn(process.execPath, [path, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.#process.stdout) throw new Error('no stdout');
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
    cleanUp(() => this.kill());
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The next line that it says. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done) throw new Error('the process ended without a word');
    return next.value;
  }

  tell(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
  }
}
