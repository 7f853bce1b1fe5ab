import type { CapturingMark } from '../core/one-shot/capturing-mark.ts';
import type { OneShot } from '../core/one-shot/one-shot.ts';
import { token } from './tokens.ts';

/** One token a part of the one-shot mode; it shares the engine and its parts, and ProgressSinks, with `TOKENS`. */
export const ONE_SHOT_TOKENS = {
  /** Shows that tcpdump is capturing. Default: a file at the setting `readyFile`, for a startup probe. Replace it for another signal. */
  CapturingMark: token<CapturingMark>('CapturingMark'),
  /** One capture from begin to outcome; to be run by you. Default: a `OneShot` of the parts. Replaced rarely. */
  OneShot: token<OneShot>('OneShot'),
} as const;
