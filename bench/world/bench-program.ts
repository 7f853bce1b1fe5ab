import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killAtExit } from '../../test/harness/at-exit.ts';
import { freePort } from './free-port.ts';
import { shippedProgram } from './shipped-program.ts';

export interface BenchProgramOptions {
  /** How it finds the API server: `KUBERNETES_SERVICE_HOST` and `…_PORT`, or `KUBECONFIG`. */
  readonly credentials: Readonly<Record<string, string>>;
  /** In front of the command, as of a `ServiceAccountMount`. */
  readonly prefix?: readonly string[];
  readonly nodeOptions?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Time between two looks at /readyz. Milliseconds. */
const LOOK_EVERY_MS = 4;

/** The agent or the operator as it runs in production: info log, to a file. */
export class BenchProgram implements AsyncDisposable {
  /** Milliseconds from its spawn to the first answer 200 of /readyz. */
  readonly readyAfter: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  /** Resolves once /readyz is answered with 200. */
  static async start(name: 'agent' | 'operator', options: BenchProgramOptions): Promise<BenchProgram> {
    const folder = mkdtempSync(join(tmpdir(), `pcapper-bench-${name}-`));
    const port = await freePort();
    const log = openSync(join(folder, 'log'), 'a');
    const [program = '', ...argv] = [...(options.prefix ?? []), ...shippedProgram(name)];
    const environment = {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
      ...(options.nodeOptions && { NODE_OPTIONS: options.nodeOptions.join(' ') }),
      HEALTH_PORT: String(port),
      ...options.credentials,
      ...options.environment,
    };
    const begun = performance.now();
    const child = spawn(program, argv, { env: environment, stdio: ['ignore', log, log] });
    killAtExit(child);
    closeSync(log);
    try {
      while (!(await answersReady(port))) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the ${name} ended`);
        if (performance.now() - begun > 60_000) throw new Error(`the ${name} is not ready after 60 s`);
        await sleep(LOOK_EVERY_MS);
      }
      return new BenchProgram(performance.now() - begun, child, folder);
    } catch (error) {
      child.kill('SIGKILL');
      const said = readFileSync(join(folder, 'log'), 'utf8').slice(-4096);
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`${(error as Error).message}: ${said}`, { cause: error });
    }
  }

  private constructor(readyAfter: number, child: ChildProcess, folder: string) {
    this.readyAfter = readyAfter;
    this.#process = child;
    this.#folder = folder;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Path of its log. */
  get logFile(): string {
    return join(this.#folder, 'log');
  }

  get log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await exit;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function answersReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', path: '/readyz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}
