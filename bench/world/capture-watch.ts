import type { PacketCaptureStatus } from '../../src/api/v1alpha1/index.ts';
import { type Capture, CAPTURES } from '../../test/adapters/kubernetes/capture-api.ts';
import type { ApiWatchEvent } from '../../test/harness/api-connection.ts';
import type { Requests } from './timed-capture.ts';

interface Sight {
  readonly status: PacketCaptureStatus;
  /** `performance.now()` when the event was read. */
  readonly at: number;
}

/** How long a capture may take from one progress to the next before it counts as stuck. */
const PATIENCE_MS = 60_000;

/** What a user who watches sees: the first time that each capture has each progress. */
export class CaptureWatch implements Disposable {
  readonly #sights = new Map<string, Sight>();
  readonly #waiting = new Set<() => void>();
  readonly #life = new AbortController();
  /** Why no more will be seen. */
  #ended: string | undefined;

  /**
   * Resolves when the server has accepted the watch.
   * @param captures path of the PacketCaptures of a namespace. Default: the agents'.
   */
  static async open(server: Requests, captures = CAPTURES): Promise<CaptureWatch> {
    const watch = new CaptureWatch();
    const list = (await server.request('GET', captures)).body as { readonly metadata: { readonly resourceVersion: string } };
    const query = { resourceVersion: list.metadata.resourceVersion };
    const events = await server.openWatch(captures, { query, signal: watch.#life.signal });
    void watch.#read(events).then(
      () => watch.#end('the server ended the watch'),
      (error: unknown) => watch.#end(String(error)),
    );
    return watch;
  }

  private constructor() {}

  /** @throws Error when the capture fails, unless that is asked for, or gets stuck */
  async reaches(name: string, progress: string): Promise<Sight> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const sight = this.#sights.get(`${name} ${progress}`);
      if (sight) return sight;
      const failure = this.#sights.get(`${name} failure`);
      if (failure) throw new Error(`${name} failed: ${failure.status.message ?? ''}`);
      if (this.#ended !== undefined) throw new Error(`${name} is not ${progress}: ${this.#ended}`);
      if (performance.now() > deadline) throw new Error(`${name} is not ${progress} after ${PATIENCE_MS / 1000} s`);
      await this.#change(deadline);
    }
  }

  [Symbol.dispose](): void {
    this.#life.abort();
  }

  async #read(events: AsyncIterable<ApiWatchEvent>): Promise<void> {
    for await (const { type, object } of events) {
      if (type === 'ERROR') throw new Error(JSON.stringify(object));
      this.#see(object as Capture, performance.now());
    }
  }

  #see({ metadata, status = {} }: Capture, at: number): void {
    const key = `${metadata.name} ${status.progress ?? 'none'}`;
    if (!this.#sights.has(key)) this.#sights.set(key, { status, at });
    this.#wake();
  }

  #end(reason: string): void {
    this.#ended = reason;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #change(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, deadline - performance.now() + 1);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
