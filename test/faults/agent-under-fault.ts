import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LogLine } from '../harness/agent-process.ts';
import { isStopped } from '../harness/is-stopped.ts';
import { killAtExit } from '../harness/at-exit.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { ARMED, type CrashPoint, HALTS } from './steps.ts';

const MAIN = fileURLToPath(new URL('./fault-agent.ts', import.meta.url));

/** Nothing takes that long but what never comes; how long it takes is measured, and is no matter of right or wrong. */
export const PATIENCE_MS = 120_000;

export interface AgentOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Where its log goes. */
  readonly logFile: string;
  /** Where it is to halt, once. */
  readonly halt?: { readonly point: CrashPoint; readonly capture: string; readonly packets?: number };
}

/** The agent as a process, which can be halted at a point of a capture's way. */
export class AgentUnderFault implements AsyncDisposable {
  readonly node: string;
  readonly log: LogLine[] = [];
  stderr = '';
  readonly #process: ChildProcess;
  readonly #file: WriteStream;
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor({ environment, logFile, halt }: AgentOptions) {
    this.node = environment['NODE_NAME'] ?? '';
    this.#file = createWriteStream(logFile, { flags: 'a' });
    const armed = halt && { [ARMED]: `${halt.point} ${halt.capture} ${halt.packets ?? 0}` };
    this.#process = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'] ?? '', ...environment, ...armed },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    killAtExit(this.#process);
    this.#process.once('exit', (code, signal) => {
      this.#ended = true;
      this.#file.write(`-- ended: ${String(signal ?? code)}\n`);
      this.#wake();
    });
    this.#process.once('close', () => this.#file.end());
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#file.write(text);
    });
    if (this.#process.stdout) {
      createInterface({ input: this.#process.stdout }).on('line', (line) => {
        this.#file.write(`${line}\n`);
        this.log.push(JSON.parse(line) as LogLine);
        this.#wake();
      });
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** False once it has ended, and its end was noticed. */
  get isAlive(): boolean {
    return !this.#ended;
  }

  /** Resolves with the first line of its log (old or new) that fits; rejects when it ends before, or after that many ms. */
  async logged(fits: (line: LogLine) => boolean, within = PATIENCE_MS): Promise<LogLine> {
    const deadline = performance.now() + within;
    for (;;) {
      const found = this.log.find(fits);
      if (found) return found;
      if (this.#ended) throw new Error(`agent ${this.node} (${this.pid}) ended: ${this.stderr}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`agent ${this.node} (${this.pid}) did not log it within ${within / 1000} s: ${fits.toString()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left);
        const waiting = this.#waiting;
        waiting.add(done);
        function done(): void {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
      });
    }
  }

  /** Resolves once it is at work. */
  async ready(): Promise<void> {
    await this.logged(({ msg }) => msg === 'pcapper agent is at work');
  }

  /** Resolves once it has halted itself, seen in /proc. */
  async halted(within = PATIENCE_MS): Promise<void> {
    await this.logged(({ msg }) => msg === HALTS, within);
    await eventually(() => isStopped(this.pid), within);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#ended) this.#process.kill(signal);
  }

  /** Lets it go on after a halt; nothing when it runs, or has ended. */
  goOn(): void {
    this.signal('SIGCONT');
  }

  /** Sends a signal and resolves with the exit code (`null`: ended by a signal) when it has ended. */
  async end(signal: NodeJS.Signals = 'SIGTERM', within = PATIENCE_MS): Promise<number | null> {
    this.signal(signal);
    return this.exited(within);
  }

  /** Resolves with the exit code when it has ended. */
  async exited(within = PATIENCE_MS): Promise<number | null> {
    if (!this.#ended) {
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(new Error(`agent ${this.node} (${this.pid}) did not end within ${within / 1000} s`)), within);
      try {
        await once(this.#process, 'exit', { signal: patience.signal });
      } catch {
        throw patience.signal.reason as Error;
      } finally {
        clearTimeout(timer);
      }
    }
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#process.kill('SIGKILL');
    await this.exited();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
