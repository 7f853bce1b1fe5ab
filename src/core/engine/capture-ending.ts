import type { FinishReason } from '../capture-result.ts';
import type { CaptureError } from '../errors/capture-error.ts';

/** The capture ended as asked. */
export interface Finish {
  readonly kind: 'finish';
  readonly reason: Exclude<FinishReason, 'Partial'>;
  /** A sentence on what is missing all the same. */
  readonly lacking?: string;
}

/** It ends as failure. */
export interface Failure {
  readonly kind: 'fail';
  readonly error: CaptureError;
  /** As {@link Finish.lacking}. */
  readonly lacking?: string;
}

/** The segment is closed cleanly; the capture stays open for the next agent. */
export interface Suspension {
  readonly kind: 'suspend';
}

/** Why a capture is to end. */
export type CaptureEnding = Finish | Failure | Suspension;
