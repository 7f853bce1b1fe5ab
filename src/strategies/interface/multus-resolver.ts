import { type ClaimedPod, type ClaimedTarget, describeTarget } from '../../core/capture-target.ts';
import { CaptureError, errorMessage, quote } from '../../core/errors/capture-error.ts';
import { InterfaceNameInvalidError, InterfaceNotFoundError, NetworkAmbiguousError, NetworkNotFoundError } from '../../core/errors/target-errors.ts';
import { isInterfaceName } from '../../core/interface-name.ts';
import type { InterfaceResolver, ResolvedInterface } from '../../core/interface-resolver.ts';
import { listed } from '../../core/listed.ts';
import { ANY_DEVICE } from './network-devices.ts';
import { NETWORK_STATUS_ANNOTATION, type NetworkStatus, parseNetworkStatus } from './network-status.ts';
import type { PodAnnotations } from '../../core/pod-annotations.ts';

/** A network that has a device in the Pod. */
type AttachedNetwork = NetworkStatus & { readonly interface: string };

/**
 * Lets a target name a network instead of a device: `macvlan-conf`, or `NAMESPACE/macvlan-conf` where requests come from
 * code (`targetInterface` takes 15 characters and no `/`). The Pod's annotation `k8s.v1.cni.cncf.io/network-status`, which
 * Multus writes, says which device that is, and another resolver captures it, by default inside the Pod.
 *
 * A device of that name goes first, and only when there is none is the annotation read. Whoever may change the Pod may
 * change the annotation: what it names is looked up among the devices of that Pod, and nowhere else. Taken from Multus'
 * documentation and source; it was never run here against a cluster with Multus.
 */
export class MultusResolver implements InterfaceResolver {
  /** With the name of the resolver that it asks. */
  readonly name: string;
  readonly #annotations: PodAnnotations;
  readonly #devices: InterfaceResolver;

  /** @param devices captures the device: one that looks devices up inside the Pod, as PodNetworkNamespaceResolver does */
  constructor(annotations: PodAnnotations, devices: InterfaceResolver) {
    this.name = `Multus network in ${devices.name}`;
    this.#annotations = annotations;
    this.#devices = devices;
  }

  /**
   * The device that the target names, or that of the network that it names.
   * @throws NetworkNotFoundError, NetworkAmbiguousError, and what the other resolver and the annotations throw
   */
  async resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface> {
    try {
      return await this.#devices.resolve(target, signal);
    } catch (error) {
      if (target.kind !== 'pod' || target.interface === undefined || !saysNoSuchDevice(error)) throw error;
      const device = await this.#deviceIn(target.interface, target, signal);
      return this.#devices.resolve({ ...target, interface: device }, signal);
    }
  }

  async #deviceIn(network: string, pod: ClaimedPod, signal?: AbortSignal): Promise<string> {
    const networks = await this.#networksOf(network, pod, signal);
    const called = [network, `${pod.namespace}/${network}`];
    const exact = networks.filter(({ name }) => called.includes(name));
    // The network of another namespace, by its short name.
    const meant = exact.length > 0 ? exact : networks.filter(({ name }) => name.endsWith(`/${network}`));
    const devices = [...new Set(meant.map((status) => status.interface))];
    const [device] = devices;
    if (device === undefined) throw new NetworkNotFoundError(network, describeTarget(pod), inWords(networks));
    if (devices.length > 1) throw new NetworkAmbiguousError(network, describeTarget(pod), devices);
    return device;
  }

  async #networksOf(asked: string, pod: ClaimedPod, signal?: AbortSignal): Promise<readonly AttachedNetwork[]> {
    const annotation = (await this.#annotations.of(pod, signal))[NETWORK_STATUS_ANNOTATION];
    if (annotation === undefined) return [];
    try {
      return parseNetworkStatus(annotation).filter(isAttached);
    } catch (error) {
      throw new NetworkNotFoundError(asked, describeTarget(pod), `Its annotation ${NETWORK_STATUS_ANNOTATION} cannot be read: ${errorMessage(error)}.`);
    }
  }
}

/** `any` is no device: the packets of one network are asked for. */
function isAttached(status: NetworkStatus): status is AttachedNetwork {
  return status.interface !== undefined && status.interface !== ANY_DEVICE && isInterfaceName(status.interface);
}

function saysNoSuchDevice(error: unknown): boolean {
  return CaptureError.is(error) && [InterfaceNotFoundError.code, InterfaceNameInvalidError.code].includes(error.code);
}

function inWords(networks: readonly AttachedNetwork[]): string {
  if (networks.length === 0) return `Its annotation ${NETWORK_STATUS_ANNOTATION} names no interface.`;
  return `Its networks are: ${listed(networks.map((status) => `${quote(status.name)} (${status.interface})`), 20)}.`;
}
