import { isDeepStrictEqual } from 'node:util';
import { compareResourceVersions } from '../adapters/kubernetes/resource-version.ts';
import type { Clock } from '../core/clock.ts';
import type { Versioned } from './apply-status.ts';

export interface StatusLineOptions<Status> {
  /** @returns the resourceVersion that the object has then; `undefined` when nothing was written. */
  readonly apply: (object: Versioned, status: Status) => Promise<string | undefined>;
  /** What of it is worth a write at once. */
  readonly milestonesOf: (status: Status) => unknown;
  readonly clock: Clock;
  /** Time between two writes of the rest. Milliseconds. */
  readonly interval: number;
}

/** The way of one object's status to the API server: what matters goes at once, counters and words from time to time. */
export class StatusLine<Status extends object> {
  readonly #options: StatusLineOptions<Status>;
  #written: { readonly status: Status; readonly resourceVersion: string; readonly at: number } | undefined;

  constructor(options: StatusLineOptions<Status>) {
    this.#options = options;
  }

  /** What was written may be ahead of the watch. */
  newest<Known extends { readonly status: Status; readonly resourceVersion: string }>(known: Known): Pick<Known, 'status' | 'resourceVersion'> {
    const written = this.#written as Pick<Known, 'status' | 'resourceVersion'> | undefined;
    return written && compareResourceVersions(written.resourceVersion, known.resourceVersion) > 0 ? written : known;
  }

  /** @returns milliseconds after which it is to be tried again, when it is too early; `undefined` when it is done. */
  async send(known: Versioned & { readonly status: Status }, status: Status): Promise<number | undefined> {
    const { apply, milestonesOf, clock, interval } = this.#options;
    const { status: present, resourceVersion } = this.newest(known);
    if (isDeepStrictEqual(status, present)) return undefined;
    const isNews = !isDeepStrictEqual(milestonesOf(status), milestonesOf(present));
    const wait = isNews || !this.#written ? 0 : this.#written.at + interval - clock.uptime();
    if (wait > 0) return wait;
    const written = await apply({ name: known.name, resourceVersion }, status);
    if (written !== undefined) this.#written = { status, resourceVersion: written, at: clock.uptime() };
    return undefined;
  }
}
