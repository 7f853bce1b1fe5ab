import type { ClaimedPod } from './capture-target.ts';

/** Reads the annotations of Pods. */
export interface PodAnnotations {
  /**
   * The annotations of the Pod of that uid, by their keys.
   * @throws PodNotKnownError, or another `CaptureError` when they cannot be read
   */
  of(pod: ClaimedPod, signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
}
