import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { killAtExit } from '../../test/harness/at-exit.ts';

/** Node with nothing to do. */
export class BareNode implements AsyncDisposable {
  readonly #process: ChildProcess;

  static async start(): Promise<BareNode> {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)'], { stdio: 'ignore' });
    killAtExit(child);
    await once(child, 'spawn');
    return new BareNode(child);
  }

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}
