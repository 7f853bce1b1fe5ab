import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { killAtExit } from '../../test/harness/at-exit.ts';

/** tcpdump as one types it, in a process's network namespace: what there is without the product. */
export class BareTcpdump implements AsyncDisposable {
  /** Milliseconds from its spawn to "listening on". */
  readonly listeningAfter: number;
  readonly #process: ChildProcess;

  /** Resolves when it is capturing. `-Z root`, since Debian's tcpdump may not write to a folder of root's otherwise. */
  static async start(pid: number, file: string, options: readonly string[] = []): Promise<BareTcpdump> {
    const argv = [`--net=/proc/${pid}/ns/net`, 'tcpdump', '-n', '-Z', 'root', '-i', 'eth0', ...options, '-w', file];
    const begun = performance.now();
    const child = spawn('nsenter', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    killAtExit(child);
    let said = '';
    for await (const text of child.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      said += String(text);
      if (said.includes('listening on')) {
        const listeningAfter = performance.now() - begun;
        child.stderr.resume();
        return new BareTcpdump(child, listeningAfter);
      }
    }
    throw new Error(`tcpdump did not start: ${said}`);
  }

  private constructor(child: ChildProcess, listeningAfter: number) {
    this.#process = child;
    this.listeningAfter = listeningAfter;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exit;
  }
}

/** Milliseconds until a bare tcpdump in the network namespace of that process listens; then it is ended. */
export async function spawnToListening(pid: number, file: string): Promise<number> {
  await using tcpdump = await BareTcpdump.start(pid, file);
  return tcpdump.listeningAfter;
}
