import type { CaptureSource, RequestIdentity } from '../capture-source.ts';
import type { Clock } from '../clock.ts';

export type Presence =
  | 'gone'
  /** It was gone once; ask again after the grace period. */
  | 'perhaps-gone'
  | 'unknown';

/** Believes that a request is gone only when its origin says so twice, a grace period apart; where one answer is proof, at once. */
export class GoneCheck {
  readonly #clock: Clock;
  readonly #grace: number;
  readonly #firstSeenGone = new Map<string, number>();

  /** @param grace milliseconds, for a source that has no own {@link CaptureSource.goneGrace}. */
  constructor(clock: Clock, grace: number) {
    this.#clock = clock;
    this.#grace = grace;
  }

  /** Milliseconds. */
  graceOf({ goneGrace = this.#grace }: Pick<CaptureSource, 'goneGrace'>): number {
    return goneGrace;
  }

  async ask(source: CaptureSource, identity: RequestIdentity): Promise<Presence> {
    if (!(await source.isGone(identity))) {
      this.#firstSeenGone.delete(identity.uid);
      return 'unknown';
    }
    const now = this.#clock.uptime();
    const first = this.#firstSeenGone.get(identity.uid) ?? now;
    this.#firstSeenGone.set(identity.uid, first);
    return now - first >= this.graceOf(source) ? 'gone' : 'perhaps-gone';
  }

  forget(uid: string): void {
    this.#firstSeenGone.delete(uid);
  }
}
