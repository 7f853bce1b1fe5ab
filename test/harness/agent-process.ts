import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killAtExit } from './at-exit.ts';

/** The standalone agent, on the built library. */
export const AGENT_COMMAND = [process.execPath, fileURLToPath(new URL('../../examples/standalone-agent/main.ts', import.meta.url))];

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A folder of its own that belongs to root and is removed at the end. */
export class TestHostmount implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'pcapper-hostmount-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The standalone agent as a process. */
export class AgentProcess implements AsyncDisposable {
  readonly log: LogLine[] = [];
  /** What it wrote to stderr. */
  stderr = '';
  readonly #process: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(environment: Readonly<Record<string, string>>, [program = '', ...argv]: readonly string[] = AGENT_COMMAND) {
    const defaults = { MAX_TOTAL_FILESIZE: '64M', MIN_FREE_DISK: '64M', HEALTH_PORT: '0', LOG_LEVEL: 'debug', PATH: process.env['PATH'] ?? '' };
    this.#process = spawn(program, argv, { env: { ...defaults, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    killAtExit(this.#process);
    this.#process.once('exit', () => {
      this.#ended = true;
      this.#wake();
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    if (this.#process.stdout) {
      createInterface({ input: this.#process.stdout }).on('line', (line) => {
        this.log.push(JSON.parse(line) as LogLine);
        this.#wake();
      });
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Resolves with the first line of its log (old or new) that fits; rejects when the process ends before. */
  async logged(fits: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const found = this.log.find(fits);
      if (found) return found;
      if (this.#ended) throw new Error(`the agent ended: ${this.stderr}\n${this.log.map((line) => JSON.stringify(line)).join('\n')}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves once it answers /readyz with 200; returns the address of its health server. */
  async ready(): Promise<string> {
    const { address } = await this.logged(({ msg }) => msg === 'health is served');
    await this.logged(({ msg }) => msg === 'pcapper agent is at work');
    return String(address);
  }

  /** Sends a signal and resolves with the exit code when the process has ended. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (!this.#ended) {
      this.#process.kill(signal);
      await once(this.#process, 'exit');
    }
    return this.#process.exitCode;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Resolves with the exit code when it ends by itself. */
  async exited(): Promise<number | null> {
    if (!this.#ended) await once(this.#process, 'exit');
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
