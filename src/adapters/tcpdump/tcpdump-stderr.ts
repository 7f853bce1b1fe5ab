import type { Readable } from 'node:stream';
import type { PacketCounters } from '../../core/capture-result.ts';
import { CounterTrack } from './counter-track.ts';
import { readTcpdumpLine } from './tcpdump-words.ts';

const TAIL_BYTES = 4096;
const MAX_LINE_CHARACTERS = 16_384;
/** An answer to SIGUSR1, which tcpdump gives wherever it is, also in the midst of another line. */
const ANSWER_WITHIN = /^(?<begun>.+)(?<answer>tcpdump: \d+ packets? captured, .*)$/;

/** Listens to what a tcpdump says on stderr, in bounded memory however long it runs. */
export class TcpdumpStderr {
  /** Resolves with the link type when it captures. */
  readonly listening: Promise<string>;
  /** The line that says so. */
  kernelFilterFailed: string | undefined;
  interfaceDisappeared = false;
  readonly #listening = Promise.withResolvers<string>();
  readonly #track = new CounterTrack();
  #final: Partial<PacketCounters> = {};
  #answered = Promise.withResolvers<undefined>();
  #unfinished = '';
  /** The beginning of a line that an answer came into. */
  #begun = '';
  #tail = '';

  constructor(stream: Readable) {
    this.listening = this.#listening.promise;
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#read(text));
    stream.on('end', () => this.#read('\n'));
    // A broken pipe ends it like an orderly one; how tcpdump ended is told by its exit.
    stream.on('error', () => this.#read('\n'));
  }

  /** The last that are known. */
  get counters(): PacketCounters {
    return this.#track.last;
  }

  /** Those that it ended with; `undefined` until it has said them. */
  get finalCounters(): PacketCounters | undefined {
    const { captured, received, dropped } = this.#final;
    return captured === undefined || received === undefined || dropped === undefined ? undefined : this.counters;
  }

  /** Resolves when it next answers to SIGUSR1. */
  get answer(): Promise<undefined> {
    return this.#answered.promise;
  }

  /** The end of what it said, without the answers to SIGUSR1; at most 4 KiB. */
  get tail(): string {
    return Buffer.from(this.#tail).subarray(-TAIL_BYTES).toString();
  }

  #read(text: string): void {
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = lines.pop()?.slice(-MAX_LINE_CHARACTERS) ?? '';
    for (const line of lines) this.#readWhole(line);
  }

  #readWhole(rest: string): void {
    const line = this.#begun + rest;
    const { begun = '', answer = line } = ANSWER_WITHIN.exec(line)?.groups ?? {};
    this.#begun = begun;
    if (answer !== '') this.#readLine(answer);
  }

  #readLine(line: string): void {
    const word = readTcpdumpLine(line);
    if (word.kind === 'counters') {
      this.#track.update(word.counters);
      this.#answered.resolve(undefined);
      this.#answered = Promise.withResolvers();
      return;
    }
    this.#tail = `${this.#tail}${line}\n`.slice(-TAIL_BYTES);
    switch (word.kind) {
      case 'listening':
        this.#listening.resolve(word.linkType);
        return;
      case 'final':
        this.#readFinal(word.counters);
        return;
      case 'kernel-filter-failed':
        this.kernelFilterFailed = line;
        return;
      case 'interface-disappeared':
        this.interfaceDisappeared = true;
        return;
      case 'other':
    }
  }

  #readFinal(counters: Partial<PacketCounters>): void {
    this.#final = { ...this.#final, ...counters };
    const { captured, received, dropped } = this.#final;
    if (captured !== undefined && received !== undefined && dropped !== undefined) this.#track.update({ captured, received, dropped });
  }
}
