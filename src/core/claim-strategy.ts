import type { CaptureTarget, ClaimedTarget } from './capture-target.ts';

/** What a claim decides about. The limits play no part in it. */
export interface Claimable {
  /** Identity of the request: the same one may be asked about again. */
  readonly uid: string;
  /** As messages call the request. */
  readonly name: string;
  /** What a claim makes concrete, or leaves. */
  readonly target: CaptureTarget;
}

/** Decides whether this node takes a request, and names the concrete target. */
export interface ClaimStrategy {
  /**
   * Answers from what is known locally: it is asked again and again, and a "no" must cost the API server nothing.
   * @param signal aborted when the answer is not needed any more, as when the agent ends: for strategies that have to ask somebody.
   * @returns the concrete target, or `undefined` when the request is not (or not yet) this node's.
   */
  claim(claimable: Claimable, signal?: AbortSignal): Promise<ClaimedTarget | undefined>;
  /**
   * Begins to watch what the answers depend on, if anything; resolves once that is known. No claim is made before.
   * @param changed called when an earlier answer may be different now; never throws.
   * @param signal aborted when the agent ends: aborting it ends the watch, or a start that has not resolved.
   */
  start?(changed: () => void, signal: AbortSignal): Promise<void>;
}
