import { type ClaimedPod, describeTarget } from '../../core/capture-target.ts';
import type { Clock } from '../../core/clock.ts';
import { GoneWatch } from './gone-watch.ts';
import { oldest, type PodProcess, type PodProcesses } from './pod-processes.ts';

/**
 * Tells when no process of a Pod is left in a network namespace. It watches one process, by reading one file a second,
 * and goes on with another one of the Pod when that ends: containers restart while the sandbox stays.
 */
export class PodWatch extends GoneWatch {
  /** @param first a process of the Pod in the namespace that is watched */
  constructor({ processes, clock }: { readonly processes: PodProcesses; readonly clock: Clock }, pod: ClaimedPod, first: PodProcess) {
    let watched = first;
    super(clock, async (stop) => {
      if (processes.isAlive(watched)) return undefined;
      const next = await another(processes, pod, watched, stop);
      if (next === undefined) return `${describeTarget(pod)} is gone: the last process in its network namespace has ended.`;
      watched = next;
      return undefined;
    });
  }
}

async function another(processes: PodProcesses, pod: ClaimedPod, ended: PodProcess, stop: AbortSignal): Promise<PodProcess | undefined> {
  const { found } = await processes.scan(pod.cgroupUid, (process) => process.isPause && process.namespace === ended.namespace, stop);
  return oldest(found.filter((process) => process.namespace === ended.namespace));
}
