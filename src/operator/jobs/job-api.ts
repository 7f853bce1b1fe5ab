import { ApiStatusError, type KubernetesClient, type KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { unlessMoved } from '../apply-status.ts';
import { getOr404 } from '../get-or-404.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import { CAPTURE_UID_LABEL, type captureJob } from './capture-job.ts';
import { JobNameTakenError, JobNotRemovedError, JobRefusedError } from './job-errors.ts';
import { jobPod, type JobPod } from './job-pod.ts';
import { type JobProgress, jobProgress } from './job-progress.ts';
import { JOB_RULES } from './job-rules.ts';
import { jobPodsPath, jobsPath } from './job-watch.ts';
import { knownJob, type KnownJob } from './known-job.ts';

/** A Job as the API server has it now. */
export interface ReadJob {
  /** `undefined`: nothing owns it. */
  readonly known: KnownJob | undefined;
  readonly isDeleting: boolean;
}

/** The Jobs of a namespace. Every method throws MissingRightError, ApiStatusError, ApiConnectionError. */
export class JobApi {
  readonly #client: KubernetesClient;
  readonly #namespace: string;
  readonly #signal: AbortSignal;

  /** @param signal ends all calls. */
  constructor(client: KubernetesClient, namespace: string, signal: AbortSignal) {
    this.#client = client;
    this.#namespace = namespace;
    this.#signal = signal;
  }

  /**
   * Makes a Job, unless it is there.
   * @throws JobRefusedError when the API server does not take it; JobNameTakenError when there is another's of that name
   */
  async make(job: ReturnType<typeof captureJob>): Promise<void> {
    const { name, ownerReferences } = job.metadata;
    if (await this.create(job)) return;
    const found = await this.read(name);
    if (found && found.known?.owner.uid !== ownerReferences[0].uid) throw new JobNameTakenError({ name, namespace: this.#namespace });
    // Made before, and the watch is late; or on its way out: then it is to be made anew once it is gone.
    if (found?.isDeleting !== false) throw new JobNotRemovedError({ name, namespace: this.#namespace });
  }

  /** @returns `undefined` when there is one of that name already. @throws JobRefusedError when the API server does not take it */
  async create(job: ReturnType<typeof captureJob>): Promise<KubernetesObject | undefined> {
    try {
      return await this.#client.create(jobsPath(this.#namespace), job, { signal: this.#signal });
    } catch (error) {
      if (!ApiStatusError.is(error)) throw error;
      if (error.reason === 'AlreadyExists') return undefined;
      throw this.#explain(error, job.metadata.name);
    }
  }

  /** `undefined`: there is none of that name. */
  async read(name: string): Promise<ReadJob | undefined> {
    const found = await this.#explained(getOr404(this.#client, `${jobsPath(this.#namespace)}/${name}`, name, this.#signal));
    return found && { known: knownJob(found), isDeleting: found.metadata.deletionTimestamp !== undefined };
  }

  /**
   * As `jobProgress` has it; only that it has failed is not concluded from a watch of Pods that may be behind that of Jobs.
   * @param watched its Pods
   * @param now milliseconds since the Unix epoch
   */
  async progress(job: KnownJob, watched: readonly JobPod[], now: number): Promise<JobProgress> {
    const progress = jobProgress(job, watched, now);
    return progress.state === 'failed' ? jobProgress(job, await this.#podsOf(job), now) : progress;
  }

  async #podsOf({ uid, owner }: KnownJob): Promise<readonly JobPod[]> {
    const query = { labelSelector: `${CAPTURE_UID_LABEL}=${owner.uid}` };
    const { items } = await this.#explained(this.#client.list(jobPodsPath(this.#namespace), { query, signal: this.#signal }));
    return items.flatMap((item) => jobPod(item) ?? []).filter(({ jobUid }) => jobUid === uid);
  }

  /** Ends its Pods and makes no others, or makes them again. Only as it is known: whatever has changed since is looked at anew. */
  async suspend({ name, resourceVersion }: KnownJob, suspend: boolean): Promise<void> {
    const body = { metadata: { resourceVersion }, spec: { suspend } };
    const call = this.#client.patch(`${jobsPath(this.#namespace)}/${name}`, 'merge', body, { signal: this.#signal });
    await this.#explained(unlessMoved(call));
  }

  /** With its Pods. Does nothing where another one has its name. */
  async delete({ name, uid }: KnownJob): Promise<void> {
    const options = { propagationPolicy: 'Background', preconditions: { uid } } as const;
    await this.#explained(unlessMoved(this.#client.delete(`${jobsPath(this.#namespace)}/${name}`, options, { signal: this.#signal })));
  }

  async #explained<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw explainMissingRight(error, 'Role', JOB_RULES);
    }
  }

  #explain(error: ApiStatusError, name: string): unknown {
    const explained = explainMissingRight(error, 'Role', JOB_RULES);
    const isRefusal = explained === error && [400, 403, 422].includes(error.statusCode);
    return isRefusal ? new JobRefusedError({ name, namespace: this.#namespace }, error.status?.message ?? error.message, { cause: error }) : explained;
  }
}
