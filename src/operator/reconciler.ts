import type { Clock } from '../core/clock.ts';
import { CaptureError } from '../core/errors/index.ts';
import { KeyedQueue } from '../core/keyed-queue.ts';
import type { Logger } from '../core/logger.ts';
import { atWork } from './at-work.ts';

export interface ReconcilerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends with the reconciler: what is under way goes by it. */
  readonly life: AbortController;
  /** Begins to watch; resolves once the present objects are known. Tried again when it throws. */
  readonly watch: () => Promise<void>;
  /** Brings one object to where it should be. Tried again when it throws. */
  readonly reconcile: (uid: string) => Promise<void>;
}

/** The key under which the watches themselves are begun; uids are not empty. */
const WATCHES = '';

/** Works on objects by their uid, and keeps what stands in the way. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #queue: KeyedQueue;
  readonly #obstacles = new Map<string, CaptureError>();
  #known: () => void = () => undefined;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#queue = new KeyedQueue((key) => this.#work(key), options);
  }

  /** What stands in the way at present: missing rights, an API server that does not answer. */
  get obstacles(): readonly CaptureError[] {
    return [...this.#obstacles.values()];
  }

  /** Is to look at an object anew. */
  add(uid: string): void {
    this.#queue.add(uid);
  }

  /** As {@link Reconciler.add}, after some milliseconds. */
  addAfter(uid: string, ms: number): void {
    this.#queue.addAfter(uid, ms);
  }

  /**
   * Resolves once the present objects are known, and goes on until the signal is aborted; rejects if that comes first.
   * @param stop called when the signal is aborted.
   */
  start(signal: AbortSignal, stop: (reason: unknown) => void): Promise<void> {
    const begin = (isAtWork: () => void): void => {
      this.#known = isAtWork;
      this.#queue.add(WATCHES);
    };
    return atWork(signal, begin, () => stop(signal.reason));
  }

  /** Resolves when the work that is under way has ended. */
  close(): Promise<void> {
    return this.#queue.close();
  }

  async #work(key: string): Promise<void> {
    const { life, watch, reconcile } = this.#options;
    try {
      if (key === WATCHES) {
        await watch();
        this.#known();
      } else await reconcile(key);
      this.#obstacles.delete(key);
    } catch (error) {
      if (life.signal.aborted) return;
      if (CaptureError.is(error)) this.#obstacles.set(key, error);
      throw error;
    }
  }
}
