import { type ClaimedPod, type ClaimedTarget, describeTarget } from '../../core/capture-target.ts';
import type { Clock } from '../../core/clock.ts';
import { CaptureError, errorMessage } from '../../core/errors/capture-error.ts';
import { HostDeviceNotFoundError, PodNotKnownError } from '../../core/errors/target-errors.ts';
import { InterfaceDownError } from '../../core/errors/tcpdump-errors.ts';
import { checkInterfaceName } from '../../core/interface-name.ts';
import type { InterfaceResolver, ResolvedInterface } from '../../core/interface-resolver.ts';
import { GoneWatch } from './gone-watch.ts';
import type { HostDeviceNaming } from './host-device-naming.ts';
import { checkHasHostSide, watchedDevice } from './host-side.ts';
import { deviceIndexes, NetworkDevices } from './network-devices.ts';
import { ProcFs } from './proc-fs.ts';

/** What a CNI calls the device that it makes, where a target names none: the kubelet's runtimes ask for this name. */
const POD_DEVICE = 'eth0';

/**
 * Pods by the name that their CNI gives to the host side of their device. Neither it nor the capture enters a namespace,
 * so neither SYS_ADMIN nor SYS_PTRACE is needed; hostNetwork is, for the device lies in the node's network namespace.
 * What the naming needs comes on top.
 *
 * A target that names no device means `eth0` here, whatever the Pod's default route is. Packets are seen from the other
 * side: what the Pod sends is inbound there. What never leaves the Pod (`lo`) is not seen.
 */
export class HostDeviceResolver implements InterfaceResolver {
  /** The CNI's, as the naming has it. */
  readonly name: string;
  readonly #naming: HostDeviceNaming;
  readonly #clock: Clock;
  readonly #proc: ProcFs;

  /** @param proc Default: /proc. */
  constructor(naming: HostDeviceNaming, clock: Clock, proc: ProcFs = new ProcFs()) {
    this.name = naming.name;
    this.#naming = naming;
    this.#clock = clock;
    this.#proc = proc;
  }

  /**
   * The first device of the naming's that is there, when it is up and the naming says that it is that Pod's.
   *
   * From then on the device is looked for and the naming asked once a second; `gone` is aborted when it is not there, another has its
   * name, or it is not that Pod's any more.
   * @throws PodNotKnownError where the naming says that it is another's, or cannot tell; TargetNotServedError, InterfaceNameInvalidError, HostDeviceNotFoundError, InterfaceDownError, and what the naming throws
   */
  async resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface> {
    signal?.throwIfAborted();
    checkHasHostSide(this.name, target);
    const inside = target.interface ?? POD_DEVICE;
    const names = await this.#naming.hostDevices(target, inside, signal);
    const devices = await NetworkDevices.of(this.#proc, 'self', "the agent's network namespace");
    signal?.throwIfAborted();
    for (const name of names) checkInterfaceName(name);
    const device = names.find((name) => devices.names.includes(name));
    if (device === undefined) throw new HostDeviceNotFoundError(this.name, `${inside} of ${describeTarget(target)}`, names);
    const index = devices.index(device);
    if (index === undefined) throw new InterfaceDownError(device);
    // Only now that its number is known: before, its name could have passed to another Pod.
    const denial = await this.#denial(target, device, signal);
    signal?.throwIfAborted();
    if (denial !== undefined) throw denial;
    const watch = new GoneWatch(this.#clock, async (stop) => {
      const denied = await this.#denial(target, device, stop);
      // Asked second: of a device that was removed nobody can tell anything else.
      return (await this.#isThere(device, index)) ? denied?.problem : `${describeTarget(target)} is gone: its device ${device} on the node was removed.`;
    });
    return watchedDevice(device, devices.linkType(device), watch);
  }

  /** Why a device is not, or may not be, that of the Pod. */
  async #denial(pod: ClaimedPod, device: string, signal?: AbortSignal): Promise<CaptureError | undefined> {
    try {
      const isStill: unknown = await (this.#naming.isStill?.(pod, device, signal) ?? true);
      // From JavaScript anything may come: only `true` is a yes.
      return isStill === true ? undefined : new PodNotKnownError(describeTarget(pod), `as ${this.name} tells, the device ${device} is not that of this Pod`);
    } catch (error) {
      if (CaptureError.is(error)) return error;
      return new PodNotKnownError(describeTarget(pod), `${this.name} cannot tell whether the device ${device} is that of this Pod: ${errorMessage(error)}`, { cause: error });
    }
  }

  /** By name and number: another Pod may get the name. */
  async #isThere(device: string, index: number): Promise<boolean> {
    const now = deviceIndexes(await this.#proc.networkTable('self', 'igmp')).get(device);
    if (now !== undefined) return now === index;
    // One that is down has no number there.
    return (await NetworkDevices.of(this.#proc, 'self', '')).names.includes(device);
  }
}
