import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { killAtExit } from '../harness/at-exit.ts';
import type { TestPod } from '../harness/test-pod.ts';
import type { SentPacket } from './checker/evidence.ts';

const PROCESS = fileURLToPath(new URL('./sender-process.ts', import.meta.url));

export interface Pace {
  /** Payload. */
  readonly bytes: number;
  readonly everyMs: number;
}

/** Sends numbered packets out of a Pod, one after the other at its pace, and remembers when. */
export class Sender implements AsyncDisposable {
  readonly id: number;
  readonly sent: SentPacket[] = [];
  readonly #process: ChildProcess;

  /** Resolves once the first packet is out. */
  static async start(pod: TestPod, id: number, pace: Pace): Promise<Sender> {
    const sender = new Sender(pod, id, pace);
    await sender.sends(1);
    return sender;
  }

  private constructor(pod: TestPod, id: number, { bytes, everyMs }: Pace) {
    this.id = id;
    const argv = [`--net=/proc/${pod.pid}/ns/net`, '--', process.execPath, PROCESS, pod.hostAddress, '9', ...[id, bytes, everyMs].map(String)];
    this.#process = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    killAtExit(this.#process);
    if (this.#process.stdout) {
      createInterface({ input: this.#process.stdout }).on('line', (line) => {
        const [number = 0, before = 0, after = 0] = line.split(' ').map(Number);
        this.sent.push({ number, before, after });
      });
    }
  }

  /** The number of the next packet that is told; each that is sent from now on has it or a higher one. */
  get next(): number {
    return (this.sent.at(-1)?.number ?? -1) + 1;
  }

  /** Resolves once that many more packets are out. */
  async sends(count: number): Promise<void> {
    const goal = this.sent.length + count;
    await eventually(() => this.sent.length >= goal);
  }

  /** Resolves when it has ended and all that it sent is known. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGTERM');
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
