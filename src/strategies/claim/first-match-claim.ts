import type { ClaimedTarget } from '../../core/capture-target.ts';
import type { Claimable, ClaimStrategy } from '../../core/claim-strategy.ts';

/** Asks strategies in order; the first that takes a request names its target. */
export class FirstMatchClaim implements ClaimStrategy {
  readonly #strategies: readonly ClaimStrategy[];

  /** @param strategies the one that is to be asked first comes first */
  constructor(strategies: readonly ClaimStrategy[]) {
    this.#strategies = strategies;
  }

  /** Asks in order, and passes `signal` on. What a strategy throws ends the search. */
  async claim(claimable: Claimable, signal?: AbortSignal): Promise<ClaimedTarget | undefined> {
    for (const strategy of this.#strategies) {
      const target = await strategy.claim(claimable, signal);
      if (target !== undefined) return target;
    }
    return undefined;
  }

  /** Starts all strategies at once; resolves when all have. Rejects with the first failure. */
  async start(changed: () => void, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#strategies.map(async (strategy) => strategy.start?.(changed, signal)));
  }
}
