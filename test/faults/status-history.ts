import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture } from '../adapters/kubernetes/capture-api.ts';
import type { KubeApiserver } from '../harness/kube-apiserver.ts';
import type { SeenStatus } from './checker/evidence.ts';

export const CAPTURES = '/apis/pcapper.io/v1alpha1/namespaces/pcapper/packetcaptures';
const LOOK_AGAIN_MS = 50;

interface CaptureList {
  readonly items: readonly Capture[];
  readonly metadata: { readonly resourceVersion: string };
}

interface Seen {
  readonly at: number;
  readonly status: SeenStatus;
}

/** What the API server says of captures, whoever is away meanwhile. */
export class StatusHistory implements AsyncDisposable {
  readonly #server: KubeApiserver;
  readonly #seen = new Map<string, Seen[]>();
  readonly #gone = new Set<string>();
  readonly #waiting = new Set<() => void>();
  readonly #life = new AbortController();
  readonly #watching: Promise<void>;

  constructor(server: KubeApiserver) {
    this.#server = server;
    this.#watching = this.#watch();
  }

  of(uid: string): readonly Seen[] {
    return this.#seen.get(uid) ?? [];
  }

  last(uid: string): SeenStatus {
    return this.of(uid).at(-1)?.status ?? {};
  }

  isGone(uid: string): boolean {
    return this.#gone.has(uid);
  }

  /** When it was first seen to be so. */
  first(uid: string, fits: (status: SeenStatus) => boolean): number | undefined {
    return this.of(uid).find(({ status }) => fits(status))?.at;
  }

  /** Resolves once a status was seen that is so. */
  async until(uid: string, fits: (status: SeenStatus) => boolean, within: number, what: string): Promise<void> {
    const deadline = performance.now() + within;
    while (!fits(this.last(uid))) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${what}: not within ${within / 1000} s; the status is ${JSON.stringify(this.last(uid))}`);
      const changed = new Promise<void>((resolve) => this.#waiting.add(resolve));
      await Promise.race([changed, sleep(Math.min(left, 1000))]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#life;
    while (!signal.aborted) {
      try {
        const { items, metadata } = (await this.#server.request('GET', CAPTURES, undefined, { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) })).body as CaptureList;
        for (const item of items) this.#take(item);
        for (const uid of this.#seen.keys()) if (!items.some((item) => item.metadata.uid === uid)) this.#lose(uid);
        const query = { resourceVersion: metadata.resourceVersion };
        for await (const { type, object } of this.#server.watch(CAPTURES, { query, signal })) {
          if (type === 'ADDED' || type === 'MODIFIED') this.#take(object as Capture);
          else if (type === 'DELETED') this.#lose((object as Capture).metadata.uid);
          else if (type === 'ERROR') break;
        }
      } catch {
        // The API server is away, or this is the end.
      }
      await sleep(LOOK_AGAIN_MS);
    }
  }

  #take({ metadata: { uid }, status = {} }: Capture): void {
    const seen = this.#seen.get(uid) ?? [];
    this.#seen.set(uid, seen);
    if (JSON.stringify(seen.at(-1)?.status) === JSON.stringify(status)) return;
    seen.push({ at: Date.now(), status });
    this.#wake();
  }

  #lose(uid: string): void {
    this.#gone.add(uid);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

export function isTerminal({ progress }: SeenStatus): boolean {
  return progress === 'finished' || progress === 'failure';
}
