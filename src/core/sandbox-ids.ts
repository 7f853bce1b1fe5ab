import type { ClaimedPod } from './capture-target.ts';

/** Finds the sandboxes of Pods: what the runtime tells a CNI as its container ID (CNI_CONTAINERID). */
export interface SandboxIds {
  /**
   * The ids of a Pod's sandboxes, the newest first; the ids of its containers may be among them.
   * @throws PodNotKnownError when there is none; HostPidMissingError, RuntimeNotReachedError
   */
  of(pod: ClaimedPod, signal?: AbortSignal): Promise<readonly string[]>;
}
