import type { LocalPod, PodDirectory } from '../core/pod-directory.ts';

/** Pods in memory. */
export class FakePodDirectory implements PodDirectory {
  readonly #pods = new Map<string, LocalPod>();
  readonly #watchers = new Set<() => void>();

  /** Makes or changes a Pod. Default: alive, without labels, in a network namespace of its own. */
  set(pod: Pick<LocalPod, 'namespace' | 'name' | 'uid'> & Partial<LocalPod>): LocalPod {
    const known: LocalPod = { cgroupUid: pod.uid, labels: {}, hostNetwork: false, live: true, ...pod };
    this.#pods.set(`${pod.namespace}/${pod.name}`, known);
    this.#tell();
    return known;
  }

  /** The Pod goes away. */
  delete(namespace: string, name: string): void {
    this.#pods.delete(`${namespace}/${name}`);
    this.#tell();
  }

  /** The Pod of that name, if it is on this node. */
  find(namespace: string, name: string): LocalPod | undefined {
    return this.#pods.get(`${namespace}/${name}`);
  }

  /** Resolves at once: what was set is known. Tells of changes until the signal is aborted. */
  start(changed: () => void, signal: AbortSignal): Promise<void> {
    this.#watchers.add(changed);
    signal.addEventListener('abort', () => this.#watchers.delete(changed), { once: true });
    return Promise.resolve();
  }

  #tell(): void {
    for (const changed of this.#watchers) changed();
  }
}
