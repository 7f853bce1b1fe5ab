import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..', '..', '..');
const MAIN = [process.execPath, join(PROJECT, 'examples', 'demo', 'main.ts')];
const TAG = 'PCAPPER_DEMO_TEST';

/** The demo as a process, on the built library. */
export class DemoProcess implements AsyncDisposable {
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  readonly #tag = `${TAG}=${randomUUID()}`;
  readonly #closed: Promise<unknown>;

  /** @param within a command that ends by running the one behind it */
  constructor(options: readonly string[], { within = [] as readonly string[] } = {}) {
    const [program = '', ...argv] = [...within, ...MAIN, ...options];
    const [, value = ''] = this.#tag.split('=');
    this.#process = spawn(program, argv, { cwd: PROJECT, env: { ...process.env, [TAG]: value }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    // Not before all that holds its output has ended, too.
    this.#closed = once(this.#process, 'close');
  }

  /** Resolves with its exit code once it and all that it started have let go of its output. */
  async ended(): Promise<number | null> {
    await this.#closed;
    return this.#process.exitCode;
  }

  /** Resolves once it has said so, on either stream. */
  async says(text: string): Promise<void> {
    while (!(this.stdout + this.stderr).includes(text)) {
      const news = [this.#process.stdout, this.#process.stderr].flatMap((stream) => (stream ? [once(stream, 'data')] : []));
      const ended = this.#closed.then(() => {
        throw new Error(`It ended without saying ${JSON.stringify(text)}:\n${this.stdout}${this.stderr}`);
      });
      await Promise.race([...news, ended]);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  get lastLine(): string {
    return this.stdout.trimEnd().split('\n').at(-1) ?? '';
  }

  /** The folder that it wrote to. */
  get folder(): string | undefined {
    return /may write \S+ to (\S+)/.exec(this.stdout + this.stderr)?.[1];
  }

  get cgroups(): string | undefined {
    return /\/sys\/fs\/cgroup\S*\/pcapper-demo-\w+/.exec(this.stdout + this.stderr)?.[0];
  }

  /** Processes that it started or that write to its folder, and its cgroups: whatever is still there. */
  get remains(): string[] {
    const { folder, cgroups } = this;
    const processes = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid)).filter((pid) => {
      const read = (file: string) => {
        try {
          return readFileSync(`/proc/${pid}/${file}`, 'utf8');
        } catch {
          return '';
        }
      };
      return read('environ').includes(this.#tag) || (folder !== undefined && read('cmdline').includes(folder));
    });
    return [...processes.map((pid) => `process ${pid}`), ...(cgroups !== undefined && existsSync(cgroups) ? [cgroups] : [])];
  }

  /** Ends it, and removes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) this.kill('SIGTERM');
    await this.#closed;
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}
