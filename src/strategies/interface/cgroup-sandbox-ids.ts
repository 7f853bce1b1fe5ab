import { type ClaimedPod, describeTarget } from '../../core/capture-target.ts';
import { HostPidMissingError, PodNotKnownError } from '../../core/errors/target-errors.ts';
import { PodProcesses } from './pod-processes.ts';
import { ProcFs } from './proc-fs.ts';
import type { SandboxIds } from '../../core/sandbox-ids.ts';

/**
 * Sandboxes by the cgroups of the node's processes. Needs hostPID, and no capability: /proc/PID/cgroup is for all to read.
 *
 * A sandbox shows only by its pause process. CRI-O runs none by default (`drop_infra_ctr`): there, ask the runtime.
 */
export class CgroupSandboxIds implements SandboxIds {
  readonly #processes: PodProcesses;

  /** @param proc Default: /proc. */
  constructor(proc: ProcFs = new ProcFs()) {
    this.#processes = new PodProcesses(proc);
  }

  /**
   * The ids that the cgroups of the Pod's processes name: of its pause process, or of all its containers where it has none.
   * @throws PodNotKnownError, HostPidMissingError
   */
  async of(pod: ClaimedPod, signal?: AbortSignal): Promise<readonly string[]> {
    const { found } = await this.#processes.scan(pod.cgroupUid, ({ isPause }) => isPause, signal);
    const pauses = found.filter(({ isPause }) => isPause);
    const newestFirst = (pauses.length > 0 ? pauses : found).toSorted((a, b) => b.startTime - a.startTime);
    const ids = new Set(newestFirst.flatMap(({ container }) => (container === undefined ? [] : [container])));
    if (ids.size > 0) return [...ids];
    if (!(await this.#processes.nodeIsVisible(signal))) throw new HostPidMissingError();
    throw new PodNotKnownError(describeTarget(pod), 'no process in a container of it was found');
  }
}
