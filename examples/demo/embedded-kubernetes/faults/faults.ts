import { EventEmitter, once } from 'node:events';
import type { Fault, ObservedRequest } from './fault.ts';

export interface FaultOptions {
  /** The requests that it befalls. Default: all. */
  readonly when?: (request: ObservedRequest) => boolean;
  /** It befalls that many requests, then no more. Default: until it is disposed. */
  readonly times?: number;
}

/** A fault that lies in wait. Disposing it removes it. */
export interface InjectedFault extends Disposable {
  /** How many requests it has befallen. */
  readonly hits: number;
  /** Resolves when it has befallen that many requests. */
  untilHits(count: number): Promise<void>;
}

/** The faults of a server. The one that was injected last, and matches, befalls a request. */
export class Faults {
  readonly #injected: { readonly fault: Fault; readonly takes: (request: ObservedRequest) => boolean }[] = [];

  inject(fault: Fault, { when = () => true, times = Infinity }: FaultOptions = {}): InjectedFault {
    let hits = 0;
    const events = new EventEmitter();
    const entry = {
      fault,
      takes: (request: ObservedRequest) => {
        if (hits >= times || !when(request)) return false;
        hits += 1;
        events.emit('hit');
        return true;
      },
    };
    this.#injected.unshift(entry);
    return {
      get hits() {
        return hits;
      },
      untilHits: async (count) => {
        while (hits < count) await once(events, 'hit');
      },
      [Symbol.dispose]: () => {
        const index = this.#injected.indexOf(entry);
        if (index >= 0) this.#injected.splice(index, 1);
      },
    };
  }

  /** Removes all. */
  clear(): void {
    this.#injected.length = 0;
  }

  /** The fault that befalls a request, which counts as a hit. */
  take(request: ObservedRequest): Fault | undefined {
    return this.#injected.find(({ takes }) => takes(request))?.fault;
  }
}
