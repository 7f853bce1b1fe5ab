import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../adapters/kubernetes/eventually.ts';

/**
 * A program of the control plane. Its command and its pid lie in the cluster's folder, so that each process of the tests
 * can stop and start it. It ends with the process namespace of the tests.
 */
export class Component {
  readonly name: string;
  readonly #folder: string;

  /** @param argv remembered for every later start; absent: as remembered. */
  constructor(folder: string, name: string, argv?: readonly string[]) {
    this.name = name;
    this.#folder = folder;
    if (argv) writeFileSync(this.#file('argv'), JSON.stringify(argv));
  }

  get log(): string {
    return this.#file('log');
  }

  start(): void {
    const [program = '', ...argv] = JSON.parse(readFileSync(this.#file('argv'), 'utf8')) as string[];
    const output = openSync(this.log, 'a');
    const child = spawn(program, argv, { cwd: this.#folder, detached: true, stdio: ['ignore', output, output] });
    closeSync(output);
    child.unref();
    writeFileSync(this.#file('pid'), String(child.pid ?? 0));
  }

  /** Ends it at once, as a crash does. */
  async stop(): Promise<void> {
    const pid = Number(readFileSync(this.#file('pid'), 'utf8'));
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await eventually(() => !isAlive(pid));
  }

  get ended(): boolean {
    return !existsSync(this.#file('pid')) || !isAlive(Number(readFileSync(this.#file('pid'), 'utf8')));
  }

  #file(kind: string): string {
    return join(this.#folder, `${this.name}.${kind}`);
  }
}

/** A zombie is dead: whoever started it may be gone, and nobody else asks for it. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
