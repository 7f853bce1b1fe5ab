import type { ClaimedPod } from '../../core/capture-target.ts';
import { hexDigest } from './hex-digest.ts';
import type { HostDeviceNaming } from './host-device-naming.ts';
import type { SandboxIds } from '../../core/sandbox-ids.ts';

/**
 * Cilium: `lxc` and 12 hexadecimal digits of SHA-256 of the endpoint's CNI attachment, `SANDBOX:DEVICE`, or in older versions
 * of the sandbox's id alone (cilium/cilium, plugins/cilium-cni/cmd/cmd.go and pkg/datapath/connector). With veth and with
 * netkit, but not where Cilium is chained behind another CNI, which names the devices then. Taken from Cilium's source and
 * a published `cilium-dbg debuginfo`; it was never run here against a cluster with Cilium.
 */
export class CiliumNaming implements HostDeviceNaming {
  /** `Cilium`, in messages and in the name of its resolver. */
  readonly name = 'Cilium';
  readonly #sandboxes: SandboxIds;

  /** @param sandboxes `CgroupSandboxIds`, or `CriSandboxes` where the runtime is to be asked */
  constructor(sandboxes: SandboxIds) {
    this.#sandboxes = sandboxes;
  }

  /**
   * The names for each sandbox of the Pod, by the device and, of `eth0`, by the sandbox alone.
   * @throws what the sandboxes throw
   */
  async hostDevices(pod: ClaimedPod, device: string, signal?: AbortSignal): Promise<readonly string[]> {
    const ids = await this.#sandboxes.of(pod, signal);
    const endpoints = ids.flatMap((id) => (device === 'eth0' ? [`${id}:${device}`, id] : [`${id}:${device}`]));
    return Promise.all(endpoints.map(hostDevice));
  }
}

async function hostDevice(endpoint: string): Promise<string> {
  return `lxc${(await hexDigest('SHA-256', endpoint)).slice(0, 12)}`;
}
