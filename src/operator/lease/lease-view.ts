import { compareResourceVersions } from '../../adapters/kubernetes/resource-version.ts';
import type { Clock } from '../../core/clock.ts';
import type { Lease } from './lease.ts';

interface Sight {
  /** `undefined`: there is none. */
  readonly lease: Lease | undefined;
  readonly resourceVersion: string;
  /** Who held it when it was last there. */
  readonly holder: string;
  /** How long that holder may go on unheard. Milliseconds. */
  readonly duration: number;
  /** `Clock.uptime` at which it was first seen like this. */
  readonly since: number;
}

/**
 * What this process has seen of a Lease, and when by its own clock. The times in the Lease are others' wall clocks and
 * say nothing here: a holder that has shown no sign of life for the Lease's duration, as measured here, has lost it.
 */
export class LeaseView {
  readonly #clock: Clock;
  readonly #usualDuration: number;
  #sight: Sight | undefined;

  /** @param usualDuration of a Lease that names none. Milliseconds. */
  constructor(clock: Clock, usualDuration: number) {
    this.#clock = clock;
    this.#usualDuration = usualDuration;
  }

  /** False until the API server has told anything. */
  get isKnown(): boolean {
    return this.#sight !== undefined;
  }

  /** As it was last seen; `undefined`: there is none. */
  get lease(): Lease | undefined {
    return this.#sight?.lease;
  }

  /** Who holds it at present; empty: nobody. */
  get holder(): string {
    return this.#sight?.lease ? this.#sight.holder : '';
  }

  /** Milliseconds until that candidate may take it. */
  waitOf(candidate: string): number {
    if (!this.#sight) return Infinity;
    const { holder, since, duration } = this.#sight;
    // Also of a Lease that was deleted: its holder may not know that yet.
    return holder === '' || holder === candidate ? 0 : Math.max(0, since + duration - this.#clock.uptime());
  }

  /** Takes over an answer of the API server, which is the present state. */
  read(lease: Lease | undefined): void {
    if (!lease) this.#set(undefined, this.#sight?.resourceVersion ?? '');
    else if (lease.metadata.resourceVersion !== this.#sight?.resourceVersion) this.#set(lease, lease.metadata.resourceVersion);
  }

  /** Takes over news of a watch, which may be late. @returns whether they were news. */
  hear(uid: string, lease: Lease | undefined, resourceVersion: string): boolean {
    const seen = this.#sight?.resourceVersion ?? '';
    if (resourceVersion === seen || compareResourceVersions(resourceVersion, seen) < 0) return false;
    if (!lease && this.#sight?.lease?.metadata.uid !== uid) return false;
    this.#set(lease, resourceVersion);
    return true;
  }

  #set(lease: Lease | undefined, resourceVersion: string): void {
    const { holder = '', duration = this.#usualDuration, since } = this.#sight ?? {};
    if (!lease) {
      this.#sight = { lease, resourceVersion, holder, duration, since: since ?? this.#clock.uptime() };
      return;
    }
    const { holderIdentity = '', leaseDurationSeconds } = lease.spec ?? {};
    this.#sight = {
      lease,
      resourceVersion,
      holder: holderIdentity,
      duration: leaseDurationSeconds === undefined ? this.#usualDuration : leaseDurationSeconds * 1000,
      since: this.#clock.uptime(),
    };
  }
}
