import { type KubernetesClient, type ReflectedChange, Reflector, type ReflectorTimes } from '../../adapters/kubernetes/index.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { CAPTURE_UID_LABEL } from './capture-job.ts';
import { jobPod, type JobPod } from './job-pod.ts';
import { knownJob, type KnownJob } from './known-job.ts';

/** What a {@link JobWatch} is made of. */
export interface JobWatchOptions extends ReflectorTimes {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the Jobs. */
  readonly namespace: string;
}

/** The Jobs that make captures and their Pods, by two watches, for whoever in the operator needs them. */
export class JobWatch {
  readonly #jobs: Reflector<KnownJob>;
  readonly #pods: Reflector<JobPod>;
  /** uids of Jobs by the uid of what they capture for, and of Pods by that of their Job. */
  readonly #jobsOf = new Map<string, Set<string>>();
  readonly #podsOf = new Map<string, Set<string>>();
  readonly #listeners = new Set<(captureUid: string) => void>();

  constructor({ namespace, ...options }: JobWatchOptions) {
    const labelSelector = CAPTURE_UID_LABEL;
    this.#jobs = new Reflector<KnownJob>({
      ...options,
      path: jobsPath(namespace),
      labelSelector,
      project: knownJob,
      changed: (change) => this.#changed(this.#jobsOf, change, ({ owner }) => owner.uid, ({ owner }) => owner.uid),
    });
    this.#pods = new Reflector<JobPod>({
      ...options,
      path: jobPodsPath(namespace),
      labelSelector,
      project: jobPod,
      changed: (change) => this.#changed(this.#podsOf, change, ({ jobUid }) => jobUid, ({ captureUid }) => captureUid),
    });
  }

  /**
   * Before it is started, or before a look at what there is, so that nothing is missed.
   * @param listener called with the uid of a resource, of whatever kind, when a Job that captures for it or a Pod of that has changed.
   * @returns takes it off again
   */
  onChange(listener: (captureUid: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** uids of the resources that there are Jobs for. */
  captureUids(): Iterable<string> {
    return this.#jobsOf.keys();
  }

  /** The Jobs that capture for a resource. */
  jobsOf(captureUid: string): readonly KnownJob[] {
    return [...(this.#jobsOf.get(captureUid) ?? [])].flatMap((uid) => this.#jobs.get(uid) ?? []);
  }

  /** The Pods of a Job. */
  podsOf(jobUid: string): readonly JobPod[] {
    return [...(this.#podsOf.get(jobUid) ?? [])].flatMap((uid) => this.#pods.get(uid) ?? []);
  }

  /** Resolves once all are known, and goes on until the signal is aborted; rejects if that comes first. */
  async start(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#jobs.start(signal), this.#pods.start(signal)]);
  }

  #changed<T>(index: Map<string, Set<string>>, { uid, value, previous }: ReflectedChange<T>, keyOf: (value: T) => string, captureOf: (value: T) => string): void {
    const known = value ?? previous;
    if (known === undefined) return;
    const key = keyOf(known);
    const uids = index.get(key) ?? new Set();
    if (value) index.set(key, uids.add(uid));
    else uids.delete(uid);
    if (uids.size === 0) index.delete(key);
    for (const listener of this.#listeners) listener(captureOf(known));
  }
}

/** Path of the Pods of the Jobs of a namespace, and of all its others. */
export function jobPodsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

/** Path of the Jobs of a namespace. */
export function jobsPath(namespace: string): string {
  return `/apis/batch/v1/namespaces/${namespace}/jobs`;
}
