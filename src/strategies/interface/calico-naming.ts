import { type ClaimedPod, describeTarget } from '../../core/capture-target.ts';
import { PodNotKnownError, TargetNotServedError } from '../../core/errors/target-errors.ts';
import type { PodDirectory } from '../../core/pod-directory.ts';
import { hexDigest } from './hex-digest.ts';
import type { HostDeviceNaming } from './host-device-naming.ts';

/** How a {@link CalicoNaming} names. */
export interface CalicoNamingOptions {
  /** The first of felix' `InterfacePrefix` (FELIX_INTERFACEPREFIX). Default: `cali`. */
  readonly prefix?: string;
}

/**
 * Calico: the prefix and 11 hexadecimal digits of SHA-1 of `NAMESPACE.POD` (projectcalico/calico,
 * libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go). Taken from Calico's source and tests; it was never
 * run here against a cluster with Calico.
 *
 * The name says nothing of the Pod's uid, so the Pods of the node are asked whether the name is still this Pod's, at the
 * start and once a second. As long as they lag behind the node, packets of the next Pod of that name count as this one's.
 */
export class CalicoNaming implements HostDeviceNaming {
  /** `Calico`, in messages and in the name of its resolver. */
  readonly name = 'Calico';
  readonly #pods: Pick<PodDirectory, 'find'>;
  readonly #prefix: string;

  /** @param pods the Pods of this node; the caller starts it */
  constructor(pods: Pick<PodDirectory, 'find'>, { prefix = 'cali' }: CalicoNamingOptions = {}) {
    this.#pods = pods;
    this.#prefix = prefix;
  }

  /**
   * The one name.
   * @throws TargetNotServedError for another device than `eth0`, which Calico did not make; PodNotKnownError
   */
  async hostDevices(pod: ClaimedPod, device: string): Promise<readonly string[]> {
    if (device !== 'eth0') throw new TargetNotServedError(this.name, `${device} of ${describeTarget(pod)}`, 'it makes eth0 only');
    this.isStill(pod);
    const hash = await hexDigest('SHA-1', `${pod.namespace}.${pod.name}`);
    return [`${this.#prefix}${hash.slice(0, 11)}`];
  }

  /**
   * True as long as the Pods of the node have that name under that uid.
   * @throws PodNotKnownError
   */
  isStill(pod: ClaimedPod): true {
    if (this.#pods.find(pod.namespace, pod.name)?.uid === pod.uid) return true;
    throw new PodNotKnownError(describeTarget(pod), 'the Pods of this node, as the API server told of them, have none of that name and uid');
  }
}
