import type { EndedBy } from '../capture-result.ts';
import type { CaptureError } from '../errors/capture-error.ts';

/** The capture ended as asked. */
export interface Finish {
  /** Tells a finish from a failure and a suspension. */
  readonly kind: 'finish';
  /** Becomes the result's reason, or `Partial` when part of the time is missing. */
  readonly reason: EndedBy;
  /** A sentence on how it came to that, where the reason alone does not tell: what the resolver has said of a target that is gone. */
  readonly because?: string;
  /** A sentence on what is missing all the same. */
  readonly lacking?: string;
  /** It ends with its engine. */
  readonly isDisposal?: true;
}

/** It ends as failure. */
export interface Failure {
  /** Tells a failure from a finish and a suspension. */
  readonly kind: 'fail';
  /** Its `code` becomes the result's reason, its message the beginning of the result's. */
  readonly error: CaptureError;
  /** As {@link Finish.lacking}. */
  readonly lacking?: string;
}

/** The segment is closed cleanly; the capture stays open for the next agent. */
export interface Suspension {
  /** Tells a suspension from a finish and a failure. */
  readonly kind: 'suspend';
}

/** Why a capture is to end. */
export type CaptureEnding = Finish | Failure | Suspension;
