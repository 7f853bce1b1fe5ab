import { type ClaimedTarget, describeTarget } from '../../core/capture-target.ts';
import type { Clock } from '../../core/clock.ts';
import { HostSideNotFoundError } from '../../core/errors/target-errors.ts';
import { InterfaceDownError } from '../../core/errors/tcpdump-errors.ts';
import type { InterfaceResolver, ResolvedInterface } from '../../core/interface-resolver.ts';
import { hostLinks, networkNamespaceId } from './host-links.ts';
import { checkHasHostSide, watchedDevice } from './host-side.ts';
import { NodeNetwork } from './node-network.ts';
import { PodProcesses } from './pod-processes.ts';
import { PodSandboxes } from './pod-sandbox.ts';
import { PodWatch } from './pod-watch.ts';
import { ProcFs } from './proc-fs.ts';

/**
 * Pods by the host side of their veth pair, for any CNI that joins Pods by veth. Neither it nor the capture enters a
 * namespace, so SYS_ADMIN is not needed; hostPID and SYS_PTRACE are, and hostNetwork, for the host side lies in the
 * node's network namespace. Needs `ip` and `lsns`.
 *
 * Packets are seen from the other side: what the Pod sends is inbound there. What never leaves the Pod (`lo`) is not seen.
 */
export class HostVethResolver implements InterfaceResolver {
  /** {@inheritDoc InterfaceResolver.name} */
  readonly name = 'Host side of the veth pair';
  readonly #clock: Clock;
  readonly #processes: PodProcesses;
  readonly #sandboxes: PodSandboxes;

  /** @param proc Default: /proc. */
  constructor(clock: Clock, proc: ProcFs = new ProcFs()) {
    this.#clock = clock;
    this.#processes = new PodProcesses(proc);
    this.#sandboxes = new PodSandboxes({ proc, processes: this.#processes, node: new NodeNetwork(proc) });
  }

  /**
   * Answers with the node's device; the Pod is looked for once a second, and `gone` is aborted when it is not there.
   * @throws TargetNotServedError, InterfaceNameInvalidError, PodNotFoundError, HostPidMissingError, NamespaceNotEnteredError,
   * InterfaceNotFoundError, NoDefaultRouteError, InterfaceDownError, HostSideNotFoundError, ProgramMissingError
   */
  async resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface> {
    signal?.throwIfAborted();
    checkHasHostSide(this.name, target);
    const { process, namespace, devices } = await this.#sandboxes.open(target, signal);
    // Held until the host side is known, so that neither inode nor number can come to stand for another namespace.
    await using held = namespace;
    const device = devices.choose(target.interface);
    const index = devices.index(device);
    if (index === undefined) throw new InterfaceDownError(device);
    const links = await hostLinks(signal);
    const id = await networkNamespaceId(held.inode, signal);
    const link = links.find(({ peerIndex, peerNamespaceId }) => peerIndex === index && peerNamespaceId === id);
    if (link === undefined) throw new HostSideNotFoundError(device, describeTarget(target));
    const watch = new PodWatch({ processes: this.#processes, clock: this.#clock }, target, process);
    return watchedDevice(link.name, 'EN10MB', watch);
  }
}
