import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** What can befall a request between a client and its API server. */
export type Trouble =
  /** It is kept back, and reaches the server once the trouble is disposed. */
  | { readonly kind: 'hold' }
  /** It is carried out, and the answer is kept back until the trouble is disposed. */
  | { readonly kind: 'hold-answer' }
  /** It never reaches the server; the connection is reset. */
  | { readonly kind: 'reset' }
  /** It is carried out, and the connection is reset before a byte of the answer. */
  | { readonly kind: 'lose-answer' }
  /** It is carried out, and the connection is reset in the middle of the answer; that of a watch in the middle of its next line. */
  | { readonly kind: 'close-midway' }
  /** It never reaches the server and is never answered; the connection stays open. */
  | { readonly kind: 'silence' }
  /** The answer comes that much later. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** HTTP 410; to a watch an `ERROR` line, as the API server words it. */
  | { readonly kind: 'expired' }
  /** It never reaches the server: 403, 429, 500, 503, … */
  | { readonly kind: 'refusal'; readonly status: number; readonly retryAfterSeconds?: number };

/** A request as it passes by. */
export interface PassingCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
  /** As sent. */
  readonly body: string;
}

export interface TroubleOptions {
  /** The requests that it befalls. Default: all. */
  readonly when?: (call: PassingCall) => boolean;
  /** It befalls that many, then no more. Default: until it is disposed. */
  readonly times?: number;
}

/** A trouble that lies in wait. Disposing it removes it, and lets go of what it holds. */
export class LurkingTrouble implements Disposable {
  readonly trouble: Trouble;
  readonly #when: (call: PassingCall) => boolean;
  readonly #times: number;
  readonly #events = new EventEmitter();
  readonly #over = new AbortController();
  readonly #calls: PassingCall[] = [];

  constructor(trouble: Trouble, { when = () => true, times = Infinity }: TroubleOptions = {}) {
    this.trouble = trouble;
    this.#when = when;
    this.#times = times;
  }

  /** The requests that it has befallen. */
  get calls(): readonly PassingCall[] {
    return this.#calls;
  }

  /** Aborted once it is disposed. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether it befalls this request, which then counts. */
  takes(call: PassingCall): boolean {
    if (this.#over.signal.aborted || this.#calls.length >= this.#times || !this.#when(call)) return false;
    this.#calls.push(call);
    this.#events.emit('hit');
    return true;
  }

  /** Resolves when it has befallen that many requests. */
  async untilHits(count: number): Promise<void> {
    while (this.#calls.length < count) await once(this.#events, 'hit');
  }

  /** The same within bounds: whether that many requests came in that time. */
  async hitsWithin(count: number, ms: number): Promise<boolean> {
    const patience = new AbortController();
    const hit = await Promise.race([this.untilHits(count).then(() => true), sleep(ms, false, { signal: patience.signal }).catch(() => false)]);
    patience.abort();
    return hit;
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }
}
