import { setImmediate } from 'node:timers/promises';
import { PodCgroup, podUids } from './pod-cgroup.ts';
import { isDenied, type ProcFs } from './proc-fs.ts';

/** A process of a Pod. */
export interface PodProcess {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat. */
  readonly startTime: number;
  /** Folders below the Pod's cgroup. */
  readonly depth: number;
  /** The runtime's id of its container; `undefined` when the cgroup does not name it. */
  readonly container: string | undefined;
  /** Inode of its network namespace; `undefined` when the agent may not see it. */
  readonly namespace: bigint | undefined;
  /** It is the Pod's pause process, for certain. */
  readonly isPause: boolean;
}

export interface Scan {
  readonly found: readonly PodProcess[];
  /** Number of processes that were looked at. */
  readonly looked: number;
}

/** So many processes are looked at between two turns of the event loop: about 1 ms. */
export const PROCESSES_PER_TURN = 50;

/** The inode of the machine's first PID namespace (PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h). */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

/** Finds the processes of Pods by their cgroups. */
export class PodProcesses {
  readonly #proc: ProcFs;

  constructor(proc: ProcFs) {
    this.#proc = proc;
  }

  /**
   * The living processes of a Pod.
   * @param until ends the search early, with that process as the last one found.
   */
  async scan(uid: string, until: (process: PodProcess) => boolean, signal?: AbortSignal): Promise<Scan> {
    const pod = new PodCgroup(uid);
    const found: PodProcess[] = [];
    let looked = 0;
    for await (const pid of this.#all(signal)) {
      looked += 1;
      const process = this.#look(pid, pod);
      if (process === undefined) continue;
      found.push(process);
      if (until(process)) break;
    }
    return { found, looked };
  }

  /** Whether the process is still alive, and still the Pod's. */
  isStill(process: PodProcess, uid: string): boolean {
    const cgroup = this.#proc.cgroup(process.pid);
    return cgroup !== undefined && new PodCgroup(uid).depthOf(cgroup) !== undefined && this.isAlive(process);
  }

  /** Whether the process is alive. One file is read. */
  isAlive({ pid, startTime }: Pick<PodProcess, 'pid' | 'startTime'>): boolean {
    const stat = this.#proc.stat(pid);
    return stat !== undefined && isRunning(stat.state) && stat.startTime === startTime;
  }

  /** Whether the node's processes are visible: outside of Pods, in the machine's first PID namespace, or when another Pod's are. */
  async nodeIsVisible(signal?: AbortSignal): Promise<boolean> {
    if (!this.#proc.isInPod || this.#proc.ownPidNamespace() === FIRST_PID_NAMESPACE) return true;
    const own = podUids(this.#proc.cgroup('self') ?? '');
    for await (const pid of this.#all(signal)) {
      if ([...podUids(this.#proc.cgroup(pid) ?? '')].some((uid) => !own.has(uid))) return true;
    }
    return false;
  }

  async *#all(signal?: AbortSignal): AsyncGenerator<number> {
    for (const [index, pid] of (await this.#proc.pids()).entries()) {
      if (index % PROCESSES_PER_TURN === 0) {
        if (index > 0) await setImmediate();
        signal?.throwIfAborted();
      }
      yield pid;
    }
  }

  #look(pid: number, pod: PodCgroup): PodProcess | undefined {
    const cgroup = this.#proc.cgroup(pid);
    const depth = cgroup === undefined ? undefined : pod.depthOf(cgroup);
    if (depth === undefined) return undefined;
    const stat = this.#proc.stat(pid);
    if (stat === undefined || !isRunning(stat.state) || stat.comm === 'conmon') return undefined;
    const namespace = this.#namespace(pid);
    if (namespace === undefined) return undefined;
    // Whatever a container starts has a parent in the Pod; what the runtime starts has not.
    const startedByRuntime = () => pod.depthOf(this.#proc.cgroup(stat.parent) ?? '') === undefined;
    return {
      pid,
      startTime: stat.startTime,
      depth,
      container: pod.containerOf(cgroup ?? ''),
      namespace: namespace === 'denied' ? undefined : namespace,
      isPause: stat.comm === 'pause' && depth === 1 && startedByRuntime(),
    };
  }

  #namespace(pid: number): bigint | 'denied' | undefined {
    try {
      return this.#proc.networkNamespace(pid);
    } catch (error) {
      if (isDenied(error)) return 'denied';
      throw error;
    }
  }
}

/** Zombies and the dead have given up their namespaces. */
function isRunning(state: string): boolean {
  return state !== 'Z' && state !== 'X' && state !== 'x';
}

/** The one that has run longest; where clock ticks do not tell, the one of the lowest pid. */
export function oldest(processes: readonly PodProcess[]): PodProcess | undefined {
  return processes.reduce<PodProcess | undefined>(
    (first, process) => (first !== undefined && first.startTime <= process.startTime ? first : process),
    undefined,
  );
}
