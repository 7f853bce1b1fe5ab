import { type ClaimedPod, describeTarget } from '../../core/capture-target.ts';
import { TargetNotServedError } from '../../core/errors/index.ts';
import { hexDigest } from './hex-digest.ts';
import type { HostDeviceNaming } from './host-device-naming.ts';
import type { SandboxIds } from '../../core/sandbox-ids.ts';

/**
 * Antrea: the first 8 characters of the Pod's name, `-`, and 6 hexadecimal digits of SHA-1 of the sandbox's id, for a
 * secondary device of the id and the device's name (antrea-io/antrea, pkg/agent/util/net.go). `antctl get podinterface` shows
 * the same. Not in policy-only mode, where another CNI names the devices. Taken from Antrea's source and an issue; it was
 * never run here against a cluster with Antrea.
 */
export class AntreaNaming implements HostDeviceNaming {
  /** `Antrea`, in messages and in the name of its resolver. */
  readonly name = 'Antrea';
  readonly #sandboxes: SandboxIds;

  /** @param sandboxes `CgroupSandboxIds`, or `CriSandboxes` where the runtime is to be asked */
  constructor(sandboxes: SandboxIds) {
    this.#sandboxes = sandboxes;
  }

  /**
   * A name for each sandbox of the Pod.
   * @throws TargetNotServedError for other devices than `eth0` to `eth99` and `net0` to `net99`: with 24 bits of a hash, somebody
   * who may choose any could search for one whose name is that of another Pod's device. What the sandboxes throw
   */
  async hostDevices(pod: ClaimedPod, device: string, signal?: AbortSignal): Promise<readonly string[]> {
    if (!/^(eth|net)\d{1,2}$/.test(device)) throw new TargetNotServedError(this.name, `${device} of ${describeTarget(pod)}`, 'its devices are called eth0 to eth99 and net0 to net99');
    const ids = await this.#sandboxes.of(pod, signal);
    const keys = await Promise.all(ids.map((id) => hexDigest('SHA-1', device === 'eth0' ? id : `${id}${device}`)));
    return keys.map((key) => `${pod.name.slice(0, 8)}-${key.slice(0, 6)}`);
  }
}
