import { type CaptureLimits, type CaptureRequest, DEFAULT_LIMITS } from '../capture-request.ts';
import type { ClaimedTarget } from '../capture-target.ts';
import type { CaptureOrder } from './capture-order.ts';

/** What a caller asks for whose target is concrete already, so that no claim is needed. What is not said has defaults. */
export interface DirectRequest extends Omit<CaptureRequest, 'uid' | 'target' | 'limits'>, Pick<CaptureOrder, 'source' | 'retainFiles'> {
  /** Default: a random one. */
  readonly uid?: string;
  /** An interface of this node, or a Pod as a `ClaimStrategy` names it. */
  readonly target: ClaimedTarget;
  /** Default, of each that is not given: that of `DEFAULT_LIMITS`. `seconds: undefined` is no time limit. */
  readonly limits?: DirectLimits;
}

/** Limits of which each may be left to `DEFAULT_LIMITS`. */
export interface DirectLimits extends Partial<Omit<CaptureLimits, 'seconds'>> {
  /** Time limit in seconds. Default: 600. `undefined`, given as such: until it is stopped. */
  readonly seconds?: number | undefined;
}

/** The order that a direct request stands for. */
export function orderOf({ uid = crypto.randomUUID(), limits = {}, source, retainFiles, ...request }: DirectRequest): CaptureOrder {
  const { seconds, ...others } = { ...DEFAULT_LIMITS, ...limits };
  return {
    request: { ...request, uid, limits: { ...others, ...(seconds !== undefined && { seconds }) } },
    target: request.target,
    ...(source !== undefined && { source }),
    ...(retainFiles !== undefined && { retainFiles }),
  };
}
