import type { ClaimedPod } from '../../core/capture-target.ts';

/** How a CNI names the devices on the node that lead to Pods. */
export interface HostDeviceNaming {
  /** The CNI, as messages name it and the resolver of its devices: `Calico`. */
  readonly name: string;
  /**
   * What the host side of a Pod's device may be called, the likeliest name first; the first that exists is captured.
   * It must be this Pod's by its uid: a name alone passes from one Pod to the next. Where the name does not tell, {@link HostDeviceNaming.isStill} does.
   * Names are looked up, so they need not be there; of those that could be no device's the first is refused (InterfaceNameInvalidError).
   * @param pod never one with hostNetwork
   * @param device inside the Pod, as in `eth0`; never `any`
   * @param signal aborted when nobody wants the answer any more
   * @throws any `CaptureError` to refuse: TargetNotServedError for a device that the CNI did not make, PodNotKnownError
   */
  hostDevices(pod: ClaimedPod, device: string, signal?: AbortSignal): readonly string[] | Promise<readonly string[]>;
  /**
   * Whether a device that is there is that Pod's: asked before the resolver answers, and then once a second. Absent: it always is.
   *
   * What is not `true` is a no, and so is an error: whoever cannot tell must not have the packets of another Pod captured.
   * @param hostDevice the one of {@link HostDeviceNaming.hostDevices} that is there
   * @param signal aborted when nobody wants the answer any more; until it comes nothing is asked again
   * @throws anything to say why not: a `CaptureError` is passed on as it is, another error becomes the reason of a PodNotKnownError
   */
  isStill?(pod: ClaimedPod, hostDevice: string, signal?: AbortSignal): boolean | Promise<boolean>;
}
