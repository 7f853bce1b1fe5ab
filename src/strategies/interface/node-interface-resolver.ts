import { type ClaimedTarget, describeTarget } from '../../core/capture-target.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { NamespaceNotEnteredError, TargetNotServedError } from '../../core/errors/target-errors.ts';
import { checkInterfaceName } from '../../core/interface-name.ts';
import type { InterfaceResolver, ResolvedInterface } from '../../core/interface-resolver.ts';
import { NetworkDevices } from './network-devices.ts';
import { NodeNetwork } from './node-network.ts';
import { OpenNetworkNamespace } from './open-network-namespace.ts';
import { ProcFs } from './proc-fs.ts';

/**
 * Interfaces of the node by name, in the network namespace of its process 1. An agent with hostNetwork is there already;
 * one without needs hostPID to find it, and SYS_PTRACE and SYS_ADMIN to enter it.
 */
export class NodeInterfaceResolver implements InterfaceResolver {
  /** {@inheritDoc InterfaceResolver.name} */
  readonly name = 'Node interface';
  readonly #proc: ProcFs;

  /** @param proc Default: /proc. */
  constructor(proc: ProcFs = new ProcFs()) {
    this.#proc = proc;
  }

  /**
   * Holds the node's network namespace open, unless this process is in it. `gone` is never aborted: tcpdump says itself that a device went.
   * @throws TargetNotServedError, InterfaceNameInvalidError, NamespaceNotEnteredError, InterfaceNotFoundError
   */
  async resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface> {
    signal?.throwIfAborted();
    if (target.kind !== 'node') throw new TargetNotServedError(this.name, describeTarget(target), 'it is no interface of a node');
    checkInterfaceName(target.interface);
    const where = `node ${target.node}`;
    const { holder } = new NodeNetwork(this.#proc);
    const devices = await NetworkDevices.of(this.#proc, holder, where);
    const device = devices.choose(target.interface);
    const namespace = holder === 'self' ? undefined : await this.#open(this.#proc.networkNamespacePath(holder), where);
    return {
      device,
      linkType: devices.linkType(device),
      ...(namespace && { networkNamespace: namespace }),
      // The node outlives its captures; that a device disappeared tcpdump says itself.
      gone: new AbortController().signal,
      async [Symbol.asyncDispose]() {
        await namespace?.[Symbol.asyncDispose]();
      },
    };
  }

  async #open(path: string, where: string): Promise<OpenNetworkNamespace> {
    try {
      return await OpenNetworkNamespace.open(path);
    } catch (error) {
      throw new NamespaceNotEnteredError(where, errorMessage(error), { cause: error });
    }
  }
}
