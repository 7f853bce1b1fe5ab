import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../src/core/clock.ts';

export const realClock: Clock = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  bootId: 'test',
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error;
  }),
};
