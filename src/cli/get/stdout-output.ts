import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { errorCode } from '../../adapters/disk/hostmount-failure.ts';
import type { MergePlan } from '../../adapters/pcap/merge-plan.ts';
import { unlessAborted } from '../../core/unless-aborted.ts';
import { OutputError } from './get-errors.ts';
import type { Output } from './output.ts';

/** The merged file as a stream, for a program that reads it as it comes. */
export class StdoutOutput implements Output {
  readonly name = 'stdout';
  readonly leftBehind = undefined;
  readonly #stream: Writable;
  readonly #signal: AbortSignal;
  #failure: Error | undefined;
  #begun = false;
  readonly #failed = (error: Error): void => {
    this.#failure = error;
  };

  /** @param signal ends the waiting for a reader that takes nothing. */
  constructor(stream: Writable, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    stream.on('error', this.#failed);
  }

  async begin({ header }: MergePlan): Promise<undefined> {
    this.#begun = true;
    await this.write(header);
    return undefined;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#check();
    if (this.#stream.write(bytes)) return;
    // `once` rejects with the stream's error.
    await once(this.#stream, 'drain', { signal: this.#signal }).catch((error: unknown) => {
      this.#signal.throwIfAborted();
      this.#failed(error as Error);
    });
    this.#check();
  }

  noteTaken(): Promise<void> {
    return Promise.resolve();
  }

  async finish(): Promise<void> {
    await unlessAborted(new Promise<void>((resolve) => this.#stream.write('', () => resolve())), this.#signal);
    this.#check();
  }

  /** What somebody has read cannot be taken back. */
  discard(): Promise<boolean> {
    return Promise.resolve(!this.#begun);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #check(): void {
    if (this.#failure === undefined) return;
    const { message } = this.#failure;
    throw new OutputError(
      {
        problem: errorCode(this.#failure) === 'EPIPE' ? 'Whoever read stdout has ended.' : `stdout cannot be written: ${message}.`,
        advice: 'Run it again, or write a file with -o FILE.',
      },
      { cause: this.#failure },
    );
  }
}
