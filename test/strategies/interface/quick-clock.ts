import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../src/core/clock.ts';

/** Real time, but nobody sleeps longer than 20 ms. */
export const quickClock: Clock = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  bootId: 'test',
  sleep: (ms, signal, options) =>
    sleep(Math.min(ms, 20), undefined, { ref: options?.background !== true, ...(signal && { signal }) }),
};
