import { SystemClock } from '../../../src/adapters/system-clock.ts';

export const realClock = new SystemClock();
