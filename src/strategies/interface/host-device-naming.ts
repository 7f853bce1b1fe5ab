import type { ClaimedPod } from '../../core/capture-target.ts';

/** How a CNI names the devices on the node that lead to Pods. */
export interface HostDeviceNaming {
  /** The CNI, as messages name it: `Calico`. */
  readonly name: string;
  /**
   * What the host side of a Pod's device may be called, the likeliest name first; the first that exists is captured.
   * It must be this Pod's by its uid: a name alone passes from one Pod to the next.
   * @param device inside the Pod, as in `eth0`
   * @throws any `CaptureError` to refuse: TargetNotServedError for a device that the CNI did not make, PodNotKnownError
   */
  hostDevices(pod: ClaimedPod, device: string, signal?: AbortSignal): readonly string[] | Promise<readonly string[]>;
  /** Asked once a second while the device is there: whether it is still that Pod's. Absent: it always is. */
  isStill?(pod: ClaimedPod): boolean;
}
