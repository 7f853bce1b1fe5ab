import { type CaptureLimits, type CaptureRequest, DEFAULT_LIMITS, ringBytes } from '../capture-request.ts';
import type { ClaimedTarget } from '../capture-target.ts';
import { checkLimits } from '../check-request.ts';
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
  return {
    request: { ...request, uid, limits: withDefaults(limits) },
    target: request.target,
    ...(source !== undefined && { source }),
    ...(retainFiles !== undefined && { retainFiles }),
  };
}

/**
 * What a capture with these limits reserves before it starts, in bytes: the most that its files and its manifest can occupy.
 * @param limits what is not given has the default of `DEFAULT_LIMITS`
 * @throws RequestInvalidError as for a request with these limits
 */
export function reservedBytes(limits: DirectLimits = {}): number {
  const whole = withDefaults(limits);
  checkLimits(whole);
  return ringBytes(whole);
}

function withDefaults(limits: DirectLimits): CaptureLimits {
  const { seconds, ...others } = { ...DEFAULT_LIMITS, ...limits };
  return { ...others, ...(seconds !== undefined && { seconds }) };
}
