import { type CaptureOutcome, formatOutcome, outcomeOf } from '../../../src/api/one-shot/capture-outcome.ts';
import { KubernetesClient, type KubernetesObject } from '../../../src/adapters/kubernetes/index.ts';
import type { OwnerReference } from '../../../src/api/v1alpha1/index.ts';
import { time } from '../../../src/api/v1alpha1/time.ts';
import type { CaptureResult } from '../../../src/core/capture-result.ts';
import { CAPTURE_UID_LABEL, JOB_CONTAINER } from '../../../src/operator/jobs/capture-job.ts';

/** A Job as the API server has it. */
export type JobObject = KubernetesObject & {
  readonly metadata: { readonly ownerReferences: readonly OwnerReference[] };
  readonly spec: { readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> }; readonly spec: object } };
};

/** Plays the Job controller and the kubelets on an API server without them. */
export class PlayedJobs {
  readonly #client: KubernetesClient;
  readonly #jobs: string;
  readonly #pods: string;

  constructor(client: KubernetesClient, namespace: string) {
    this.#client = client;
    this.#jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
    this.#pods = `/api/v1/namespaces/${namespace}/pods`;
  }

  /** Those that captures have made, by their names. */
  async list(): Promise<readonly JobObject[]> {
    const { items } = await this.#client.list<JobObject>(this.#jobs, { query: { labelSelector: CAPTURE_UID_LABEL } });
    return items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /** Makes the next Pod of a Job. */
  async makePod({ metadata, spec }: JobObject, suffix = 'aaaaa'): Promise<string> {
    const name = `${metadata.name}-${suffix}`;
    await this.#client.create(this.#pods, {
      metadata: {
        name,
        labels: spec.template.metadata.labels,
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: metadata.name, uid: metadata.uid, controller: true }],
      },
      spec: { ...spec.template.spec, serviceAccountName: 'default', priorityClassName: undefined },
    });
    return name;
  }

  /** What the kubelet or the scheduler says of a Pod. */
  async tell(pod: string, status: object): Promise<void> {
    await this.#client.patch(`${this.#pods}/${pod}/status`, 'merge', { status });
  }

  /** tcpdump captures: the container is ready. @param at milliseconds since the Unix epoch */
  async run(pod: string, at: number): Promise<void> {
    const condition = { type: 'Ready', status: 'True', lastTransitionTime: time(at) };
    await this.tell(pod, { phase: 'Running', conditions: [condition], ...container({ running: { startedAt: time(at) } }, true) });
  }

  /** A Pod ends with its outcome as termination message. */
  async end(pod: string, result: CaptureResult, node: string): Promise<CaptureOutcome> {
    const outcome = outcomeOf(node, result);
    const isComplete = result.progress === 'finished';
    await this.tell(pod, {
      phase: isComplete ? 'Succeeded' : 'Failed',
      ...container({ terminated: { exitCode: isComplete ? 0 : 1, reason: isComplete ? 'Completed' : 'Error', message: formatOutcome(outcome) } }),
    });
    return outcome;
  }

  /** The Job controller says that all of it has ended well. @param at milliseconds since the Unix epoch */
  async complete({ metadata }: JobObject, at: number): Promise<void> {
    const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => ({ type, status: 'True', lastTransitionTime: time(at) }));
    await this.#client.patch(`${this.#jobs}/${metadata.name}/status`, 'merge', { status: { startTime: time(at), completionTime: time(at), conditions } });
  }

  async delete({ metadata }: JobObject): Promise<void> {
    await this.#client.delete(`${this.#jobs}/${metadata.name}`, { propagationPolicy: 'Background' });
  }
}

function container(state: object, ready = false): object {
  return { containerStatuses: [{ name: JOB_CONTAINER, ready, restartCount: 0, image: 'agent', imageID: 'agent', state }] };
}
