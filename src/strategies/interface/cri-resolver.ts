import { type ClaimedPod, type ClaimedTarget, describeTarget } from '../../core/capture-target.ts';
import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { HostPidMissingError, NamespaceNotEnteredError, PodNotKnownError, TargetNotServedError } from '../../core/errors/target-errors.ts';
import { checkInterfaceName } from '../../core/interface-name.ts';
import type { InterfaceResolver, ResolvedInterface } from '../../core/interface-resolver.ts';
import { GoneWatch } from './gone-watch.ts';
import { NetworkDevices } from './network-devices.ts';
import { NodeNetwork } from './node-network.ts';
import { OpenNetworkNamespace } from './open-network-namespace.ts';
import { PodProcesses } from './pod-processes.ts';
import { ProcFs } from './proc-fs.ts';
import { type OpenedNamespace, resolveInside } from './resolve-inside.ts';
import type { SandboxRuntime } from '../../core/sandbox-runtime.ts';

/** What identifies the process of a sandbox. */
interface SandboxProcess {
  readonly pid: number;
  readonly startTime: number;
}

/**
 * Pods by their network namespace, found by asking the container runtime: a fallback for nodes whose cgroups do not name
 * Pods as the kubelet does. Needs the runtime's socket, which is as good as root on the node, hostPID, and the capabilities
 * SYS_PTRACE (to open a namespace) and SYS_ADMIN (to enter it).
 *
 * A sandbox without a process of its own is refused: CRI-O makes such by default (`drop_infra_ctr`).
 */
export class CriResolver implements InterfaceResolver {
  /** {@inheritDoc InterfaceResolver.name} */
  readonly name = 'Container runtime';
  readonly #runtime: SandboxRuntime;
  readonly #clock: Clock;
  readonly #proc: ProcFs;
  readonly #processes: PodProcesses;

  /** @param proc Default: /proc. */
  constructor(runtime: SandboxRuntime, clock: Clock, proc: ProcFs = new ProcFs()) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#proc = proc;
    this.#processes = new PodProcesses(proc);
  }

  /**
   * The device in the network namespace of the newest ready sandbox.
   * @throws TargetNotServedError, InterfaceNameInvalidError, RuntimeNotReachedError, PodNotKnownError, HostPidMissingError,
   * NamespaceNotEnteredError, InterfaceNotFoundError, NoDefaultRouteError
   */
  async resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface> {
    signal?.throwIfAborted();
    if (target.kind !== 'pod') throw new TargetNotServedError(this.name, describeTarget(target), 'it is no Pod');
    if (target.hostNetwork) throw new TargetNotServedError(this.name, describeTarget(target), 'it uses the network of its node');
    if (target.interface !== undefined) checkInterfaceName(target.interface);
    // Else a pid of the runtime's could be that of another process here, such as a tcpdump in another Pod.
    if (!(await this.#processes.nodeIsVisible(signal))) throw new HostPidMissingError();
    const [sandbox = ''] = await this.#runtime.of(target, signal);
    const process = await this.#processOf(sandbox, target, signal);
    const opened = await this.#open(process, target);
    const watch = () => new GoneWatch(this.#clock, () => {
      const gone = `${describeTarget(target)} is gone: the process of its sandbox has ended.`;
      return Promise.resolve(this.#processes.isAlive(process) ? undefined : gone);
    });
    try {
      // Only now: what was opened and read is the sandbox's if its process is still the same.
      const again = await this.#processOf(sandbox, target, signal);
      if (again.pid !== process.pid || again.startTime !== process.startTime) throw new PodNotKnownError(describeTarget(target), 'its sandbox changed meanwhile');
    } catch (error) {
      await opened.namespace[Symbol.asyncDispose]();
      throw error;
    }
    return resolveInside(opened, { wanted: target.interface, own: this.#proc.networkNamespace('self'), watch }, signal);
  }

  async #processOf(sandbox: string, pod: ClaimedPod, signal?: AbortSignal): Promise<SandboxProcess> {
    const pid = await this.#runtime.pid(sandbox, signal);
    if (pid === undefined) throw new PodNotKnownError(describeTarget(pod), 'the container runtime names no process of its sandbox');
    const stat = this.#proc.stat(pid);
    if (stat !== undefined) return { pid, startTime: stat.startTime };
    throw new PodNotKnownError(describeTarget(pod), `process ${pid} of its sandbox has ended`);
  }

  async #open({ pid }: SandboxProcess, pod: ClaimedPod): Promise<OpenedNamespace> {
    const where = describeTarget(pod);
    let namespace: OpenNetworkNamespace | undefined;
    try {
      namespace = await OpenNetworkNamespace.open(this.#proc.networkNamespacePath(pid));
      // A Pod without hostNetwork is never given the node's, whatever the runtime says.
      if (namespace.inode === new NodeNetwork(this.#proc).inode) throw new Error('it is the network namespace of the node');
      return { namespace, devices: await NetworkDevices.of(this.#proc, pid, where) };
    } catch (error) {
      await namespace?.[Symbol.asyncDispose]();
      throw new NamespaceNotEnteredError(where, errorMessage(error), { cause: error });
    }
  }
}
