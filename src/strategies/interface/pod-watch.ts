import { type ClaimedPod, describeTarget } from '../../core/capture-target.ts';
import type { Clock } from '../../core/clock.ts';
import { oldest, type PodProcess, type PodProcesses } from './pod-processes.ts';

/** Milliseconds between two looks at the watched process. */
const LOOK_EVERY_MS = 1000;

/**
 * Tells when no process of a Pod is left in a network namespace. It watches one process, by reading one file a second,
 * and goes on with another one of the Pod when that ends: containers restart while the sandbox stays.
 */
export class PodWatch implements Disposable {
  readonly #gone = new AbortController();
  readonly #stopped = new AbortController();

  /** @param watched a process of the Pod in the namespace that is watched */
  constructor(
    parts: { readonly processes: PodProcesses; readonly clock: Clock },
    pod: ClaimedPod,
    watched: PodProcess,
  ) {
    void this.#watch(parts.processes, parts.clock, pod, watched);
  }

  /** Aborted with a sentence as its reason. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  [Symbol.dispose](): void {
    this.#stopped.abort();
  }

  async #watch(processes: PodProcesses, clock: Clock, pod: ClaimedPod, first: PodProcess): Promise<void> {
    const stop = this.#stopped.signal;
    let watched = first;
    while (!stop.aborted) {
      try {
        await clock.sleep(LOOK_EVERY_MS, stop, { background: true });
        if (processes.isAlive(watched)) continue;
        const next = await another(processes, pod, watched, stop);
        if (next === undefined) break;
        watched = next;
      } catch {
        // Stopped, or procfs could not be read this time: nothing is known, so nothing is said.
      }
    }
    if (!stop.aborted) this.#gone.abort(`${describeTarget(pod)} is gone: the last process in its network namespace has ended.`);
  }
}

async function another(processes: PodProcesses, pod: ClaimedPod, ended: PodProcess, stop: AbortSignal): Promise<PodProcess | undefined> {
  const { found } = await processes.scan(pod.cgroupUid, (process) => process.isPause && process.namespace === ended.namespace, stop);
  return oldest(found.filter((process) => process.namespace === ended.namespace));
}
