import type { CapturingMark } from '../core/one-shot/capturing-mark.ts';
import type { OneShot } from '../core/one-shot/one-shot.ts';
import { token } from './tokens.ts';

/** One token a part of the one-shot mode; it shares the engine and its parts, and ProgressSinks, with `TOKENS`. */
export const ONE_SHOT_TOKENS = {
  CapturingMark: token<CapturingMark>('CapturingMark'),
  OneShot: token<OneShot>('OneShot'),
} as const;
