import { type ClaimedTarget, describeTarget } from '../../core/capture-target.ts';
import type { Clock } from '../../core/clock.ts';
import { HostNetworkRefusedError, TargetNotServedError } from '../../core/errors/target-errors.ts';
import { checkInterfaceName } from '../../core/interface-name.ts';
import type { InterfaceResolver, ResolvedInterface } from '../../core/interface-resolver.ts';
import { NodeNetwork } from './node-network.ts';
import { PodProcesses } from './pod-processes.ts';
import { PodSandboxes } from './pod-sandbox.ts';
import { PodWatch } from './pod-watch.ts';
import { ProcFs } from './proc-fs.ts';
import { resolveInside } from './resolve-inside.ts';

/** Which Pods a {@link PodNetworkNamespaceResolver} serves, and where it looks for them. */
export interface PodNetworkNamespaceOptions {
  /** Serves Pods with hostNetwork too, by the node's network namespace: such a capture records the whole node. Default: false. */
  readonly allowHostNetwork?: boolean;
  /** Default: /proc. */
  readonly proc?: ProcFs;
}

/**
 * Pods by their network namespace, found through the cgroups of the node's processes: any container runtime, any CNI.
 * Needs hostPID, and the capabilities SYS_PTRACE (to open a namespace) and SYS_ADMIN (to enter it).
 *
 * While a capture runs the namespace is held open, and outlives the Pod if the capture does.
 */
export class PodNetworkNamespaceResolver implements InterfaceResolver {
  /** {@inheritDoc InterfaceResolver.name} */
  readonly name = 'Pod network namespace';
  readonly #clock: Clock;
  readonly #allowHostNetwork: boolean;
  readonly #proc: ProcFs;
  readonly #processes: PodProcesses;
  readonly #sandboxes: PodSandboxes;

  /** @param clock times the looks after the Pod, one a second */
  constructor(clock: Clock, { allowHostNetwork = false, proc = new ProcFs() }: PodNetworkNamespaceOptions = {}) {
    this.#clock = clock;
    this.#allowHostNetwork = allowHostNetwork;
    this.#proc = proc;
    this.#processes = new PodProcesses(proc);
    this.#sandboxes = new PodSandboxes({ proc, processes: this.#processes, node: new NodeNetwork(proc) });
  }

  /**
   * Holds the Pod's network namespace open; the Pod is looked for once a second, and `gone` is aborted when it is not there.
   * @throws TargetNotServedError, HostNetworkRefusedError, InterfaceNameInvalidError, PodNotFoundError,
   * HostPidMissingError, NamespaceNotEnteredError, InterfaceNotFoundError, NoDefaultRouteError
   */
  async resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface> {
    signal?.throwIfAborted();
    if (target.kind !== 'pod') throw new TargetNotServedError(this.name, describeTarget(target), 'it is no Pod');
    if (target.hostNetwork && !this.#allowHostNetwork) throw new HostNetworkRefusedError(describeTarget(target));
    if (target.interface !== undefined) checkInterfaceName(target.interface);
    const sandbox = await this.#sandboxes.open(target, signal);
    const watch = () => new PodWatch({ processes: this.#processes, clock: this.#clock }, target, sandbox.process);
    return resolveInside(sandbox, { wanted: target.interface, own: this.#proc.networkNamespace('self'), watch }, signal);
  }
}
