import { type ClaimedPod, describeTarget } from '../../core/capture-target.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { HostPidMissingError, NamespaceNotEnteredError, PodNotFoundError } from '../../core/errors/target-errors.ts';
import { NetworkDevices } from './network-devices.ts';
import type { NodeNetwork } from './node-network.ts';
import { OpenNetworkNamespace } from './open-network-namespace.ts';
import { oldest, type PodProcess, type PodProcesses } from './pod-processes.ts';
import { isDenied, type ProcFs } from './proc-fs.ts';

/** A Pod's network namespace, held open, with a process of the Pod that was there. */
export interface PodSandbox {
  readonly process: PodProcess;
  readonly namespace: OpenNetworkNamespace;
  readonly devices: NetworkDevices;
}

/** How often a process may end between being found and being verified. */
const ATTEMPTS = 5;

/** Finds and opens the network namespaces of Pods. */
export class PodSandboxes {
  readonly #proc: ProcFs;
  readonly #processes: PodProcesses;
  readonly #node: NodeNetwork;

  constructor(parts: { readonly proc: ProcFs; readonly processes: PodProcesses; readonly node: NodeNetwork }) {
    this.#proc = parts.proc;
    this.#processes = parts.processes;
    this.#node = parts.node;
  }

  /**
   * Opens a Pod's network namespace. A Pod without hostNetwork is never given the node's, whatever its processes have.
   * @throws PodNotFoundError, HostPidMissingError, NamespaceNotEnteredError
   */
  async open(pod: ClaimedPod, signal?: AbortSignal): Promise<PodSandbox> {
    let looked = 0;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const node = this.#node.inode;
      const fits = ({ namespace }: PodProcess) => namespace !== undefined && (namespace === node) === pod.hostNetwork;
      const scan = await this.#processes.scan(pod.cgroupUid, (process) => process.isPause && fits(process), signal);
      looked = scan.looked;
      const process = sandboxOf(scan.found.filter(fits));
      if (process === undefined) {
        if (scan.found.some(({ namespace }) => namespace === undefined)) throw notEntered(pod, new Error('permission denied'));
        break;
      }
      const sandbox = await this.#openVerified(pod, process);
      if (sandbox !== undefined) return sandbox;
    }
    if (!(await this.#processes.nodeIsVisible(signal))) throw new HostPidMissingError();
    const own = pod.hostNetwork ? '' : ' with a network namespace of its own';
    throw new PodNotFoundError(`${describeTarget(pod)}${own}`, looked);
  }

  /** @returns `undefined` when the process has ended, or is another by now, or has gone elsewhere */
  async #openVerified(pod: ClaimedPod, process: PodProcess): Promise<PodSandbox | undefined> {
    let namespace: OpenNetworkNamespace;
    try {
      namespace = await OpenNetworkNamespace.open(this.#proc.networkNamespacePath(process.pid));
    } catch (error) {
      if (!this.#processes.isAlive(process)) return undefined;
      throw notEntered(pod, error);
    }
    try {
      const devices = await NetworkDevices.of(this.#proc, process.pid, describeTarget(pod));
      // Only now: what was opened and read belongs to the Pod if the process is still the same, and still there.
      if (namespace.inode === process.namespace && this.#isStillThere(process, pod)) return { process, namespace, devices };
    } catch (error) {
      await namespace[Symbol.asyncDispose]();
      if (isDenied(error)) throw notEntered(pod, error);
      throw error;
    }
    await namespace[Symbol.asyncDispose]();
    return undefined;
  }

  #isStillThere(process: PodProcess, pod: ClaimedPod): boolean {
    return this.#proc.networkNamespace(process.pid) === process.namespace && this.#processes.isStill(process, pod.cgroupUid);
  }
}

/**
 * The process that stands for the Pod's own network namespace, where a container has made further ones inside (Docker in
 * a container): the pause process, else the oldest of those that are nearest to the Pod's own cgroup.
 */
function sandboxOf(found: readonly PodProcess[]): PodProcess | undefined {
  const pause = found.find(({ isPause }) => isPause);
  if (pause !== undefined) return pause;
  const nearest = Math.min(...found.map(({ depth }) => depth));
  return oldest(found.filter(({ depth }) => depth === nearest));
}

function notEntered(pod: ClaimedPod, cause: unknown): NamespaceNotEnteredError {
  return new NamespaceNotEnteredError(describeTarget(pod), errorMessage(cause), { cause });
}
