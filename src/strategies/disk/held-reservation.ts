import type { LedgerEntry } from '../../core/disk-ledger.ts';
import type { DiskAsk, DiskReservation } from '../../core/disk-guard.ts';
import type { CaptureError } from '../../core/errors/capture-error.ts';

const DEFAULT_LIFE_MS = 24 * 3600 * 1000;

/** A reservation that this process holds. */
export class HeldReservation implements DiskReservation {
  readonly #ask: DiskAsk;
  readonly #node: string;
  readonly #expires: number;
  readonly #release: (held: HeldReservation) => Promise<void>;
  readonly #exhausted = new AbortController();
  #released: Promise<void> | undefined;

  /** @param now milliseconds since the Unix epoch. */
  constructor(ask: DiskAsk, node: string, now: number, release: (held: HeldReservation) => Promise<void>) {
    this.#ask = ask;
    this.#node = node;
    this.#expires = Math.min(Math.ceil(ask.expires ?? now + DEFAULT_LIFE_MS), Number.MAX_SAFE_INTEGER);
    this.#release = release;
  }

  get captureUid(): string {
    return this.#ask.captureUid;
  }

  get bytes(): number {
    return this.#ask.bytes;
  }

  get exhausted(): AbortSignal {
    return this.#exhausted.signal;
  }

  /** How the ledger has it, with the files that there are by now. */
  get entry(): LedgerEntry {
    const { captureUid, bytes, files } = this.#ask;
    return { captureUid, node: this.#node, bytes, files: files(), expires: this.#expires };
  }

  exhaust(error: CaptureError): void {
    this.#exhausted.abort(error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#released ??= this.#release(this));
  }
}
