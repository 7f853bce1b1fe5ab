import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchProgram, type BenchProgramOptions } from './bench-program.ts';

export interface BenchAgentOptions extends BenchProgramOptions {
  readonly node: string;
}

/** The agent as it runs in production, with a hostmount of its own. */
export class BenchAgent implements AsyncDisposable {
  readonly hostmount: string;
  readonly #program: BenchProgram;

  /** Resolves once /readyz is answered with 200. */
  static async start({ node, environment, ...options }: BenchAgentOptions): Promise<BenchAgent> {
    const hostmount = mkdtempSync(join(tmpdir(), 'pcapper-bench-hostmount-'));
    try {
      const place = { NODE_NAME: node, HOSTMOUNT: hostmount, MAX_TOTAL_FILESIZE: '1G', MIN_FREE_DISK: '64M' };
      return new BenchAgent(await BenchProgram.start('agent', { ...options, environment: { ...place, ...environment } }), hostmount);
    } catch (error) {
      rmSync(hostmount, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(program: BenchProgram, hostmount: string) {
    this.#program = program;
    this.hostmount = hostmount;
  }

  /** Milliseconds from its spawn to the first answer 200 of /readyz. */
  get readyAfter(): number {
    return this.#program.readyAfter;
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** Path of its log. */
  get logFile(): string {
    return this.#program.logFile;
  }

  get log(): string {
    return this.#program.log;
  }

  signal(signal: NodeJS.Signals): void {
    this.#program.signal(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    rmSync(this.hostmount, { recursive: true, force: true });
  }
}
