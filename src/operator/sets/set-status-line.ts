import { isDeepStrictEqual } from 'node:util';
import { compareResourceVersions } from '../../adapters/kubernetes/resource-version.ts';
import type { PacketCaptureSetStatus } from '../../api/v1alpha1/index.ts';
import type { Clock } from '../../core/clock.ts';
import type { KnownSet } from './known-set.ts';
import type { SetApi } from './set-api.ts';
import { milestonesOf } from './set-status.ts';

/** The way of one set's status to the API server: what matters goes at once, counters and words from time to time. */
export class SetStatusLine {
  readonly #api: SetApi;
  readonly #clock: Clock;
  readonly #interval: number;
  #written: { readonly status: PacketCaptureSetStatus; readonly resourceVersion: string; readonly at: number } | undefined;

  /** @param interval time between two writes of counters. Milliseconds. */
  constructor(api: SetApi, clock: Clock, interval: number) {
    this.#api = api;
    this.#clock = clock;
    this.#interval = interval;
  }

  /** What was written may be ahead of the watch. */
  newest(set: KnownSet): Pick<KnownSet, 'status' | 'resourceVersion'> {
    const written = this.#written;
    return written && compareResourceVersions(written.resourceVersion, set.resourceVersion) > 0 ? written : set;
  }

  /** @returns milliseconds after which it is to be tried again, when it is too early; `undefined` when it is done. */
  async send(set: KnownSet, status: PacketCaptureSetStatus): Promise<number | undefined> {
    const { status: present, resourceVersion } = this.newest(set);
    if (isDeepStrictEqual(status, present)) return undefined;
    const isNews = !isDeepStrictEqual(milestonesOf(status), milestonesOf(present));
    const wait = isNews || !this.#written ? 0 : this.#written.at + this.#interval - this.#clock.uptime();
    if (wait > 0) return wait;
    const written = await this.#api.applySetStatus({ name: set.name, resourceVersion }, status);
    if (written !== undefined) this.#written = { status, resourceVersion: written, at: this.#clock.uptime() };
    return undefined;
  }
}
