import { SettingInvalidError } from '../../core/errors/index.ts';

/** All in milliseconds. */
export interface LeaseTimes {
  /** How long others wait, since they last saw the Lease change, before they take it. Whole seconds. Default: 30,000. */
  readonly duration: number;
  /** How long the leader leads since the last renewal that succeeded was sent. Less than `duration`. Default: 20,000. */
  readonly renewDeadline: number;
  /** From one renewal to the next, and the time for one call. Less than half of `renewDeadline`. Default: 5,000. */
  readonly renewInterval: number;
}

/**
 * 12 requests a minute for the leader and next to none for those who wait, as they watch; client-go's 15/10/2 s costs 30
 * for each. Captures go on without an operator, so half a minute without one after a crash does no harm. Three calls
 * that hang are outlived; clocks may run half as fast again as each other (client-go, package leaderelection).
 */
export const DEFAULT_LEASE_TIMES: LeaseTimes = { duration: 30_000, renewDeadline: 20_000, renewInterval: 5_000 };

/** @throws SettingInvalidError */
export function checkLeaseTimes(times: LeaseTimes): LeaseTimes {
  const { duration, renewDeadline, renewInterval } = times;
  if (duration % 1000 === 0 && duration > renewDeadline && renewDeadline > 2 * renewInterval && renewInterval > 0) return times;
  throw new SettingInvalidError({
    problem: `The times of the Lease are duration ${duration} ms, renewDeadline ${renewDeadline} ms and renewInterval ${renewInterval} ms.`,
    advice: 'Give duration in whole seconds, renewDeadline less than duration, and renewInterval less than half of renewDeadline.',
  });
}
