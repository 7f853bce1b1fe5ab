import type { CaptureRequest } from '../capture-request.ts';
import type { ClaimedTarget } from '../capture-target.ts';

/** A claimed request, as the engine takes it. */
export interface CaptureOrder {
  readonly request: CaptureRequest;
  readonly target: ClaimedTarget;
  /** Name of the source that it came from, kept in the manifest. Default: `caller`. */
  readonly source?: string;
  /** The files outlive the request. Default: false. */
  readonly retainFiles?: boolean;
}
