import type { CaptureRequest } from '../capture-request.ts';
import type { ClaimedTarget } from '../capture-target.ts';

/** A claimed request, as the engine takes it. */
export interface CaptureOrder {
  /** What is asked for; checked when the capture begins. */
  readonly request: CaptureRequest;
  /** What will be captured: a claim's answer to `request.target`. */
  readonly target: ClaimedTarget;
  /** Name of the source that it came from, kept in the manifest. Default: `caller`. */
  readonly source?: string;
  /** The files outlive the request. Default: false. */
  readonly retainFiles?: boolean;
}
