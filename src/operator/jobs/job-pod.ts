import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { type CaptureOutcome, parseOutcome } from '../../api/one-shot/capture-outcome.ts';
import type { OwnerReference } from '../../api/v1alpha1/index.ts';
import { CAPTURE_UID_LABEL, JOB_CONTAINER } from './capture-job.ts';

/** What is kept of a Pod of a Job that makes a capture. */
export interface JobPod {
  /** `metadata.uid`. */
  readonly uid: string;
  /** `metadata.name`, for `kubectl logs`. */
  readonly name: string;
  /** `metadata.uid` of the Job that controls it. */
  readonly jobUid: string;
  /** uid of the resource that is captured for. */
  readonly captureUid: string;
  /** RFC 3339. By the wall clock of the API server. */
  readonly createdAt: string;
  /** It was deleted, and may run on for its grace period. */
  readonly isDeleting: boolean;
  /** By when it is to have ended: milliseconds since the Unix epoch, by the wall clock of the API server; `undefined`: nobody has deleted it. */
  readonly endsBy: number | undefined;
  /** Since when tcpdump is capturing in it. Milliseconds since the Unix epoch, by the wall clock of its node. */
  readonly capturingSince: number | undefined;
  /** All of it has ended. */
  readonly hasEnded: boolean;
  /** What it has told at its end. */
  readonly outcome: CaptureOutcome | undefined;
  /** How it ended without an outcome, or what it waits for: in the scheduler's or the kubelet's words. */
  readonly words: PodWords;
}

/** What is told of a Pod that does not come to run, or has ended. */
export interface PodWords {
  /** CamelCase: `Unschedulable`, `ImagePullBackOff`, `OOMKilled`, `Evicted`. */
  readonly reason: string;
  /** May be empty. */
  readonly message: string;
}

interface PodFields {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string; readonly lastTransitionTime?: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: Terminated;
  };
}

interface Terminated {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** `undefined` for a Pod that no Job has made. */
export function jobPod(object: KubernetesObject): JobPod | undefined {
  const { metadata, status = {} } = object as KubernetesObject & PodFields;
  const job = metadata.ownerReferences?.find(({ kind, controller }) => controller && kind === 'Job');
  const captureUid = metadata.labels?.[CAPTURE_UID_LABEL];
  if (!job || captureUid === undefined) return undefined;
  const container = status.containerStatuses?.find(({ name }) => name === JOB_CONTAINER);
  const terminated = container?.state?.terminated;
  return {
    uid: metadata.uid,
    name: metadata.name,
    jobUid: job.uid,
    captureUid,
    createdAt: metadata.creationTimestamp ?? '',
    isDeleting: metadata.deletionTimestamp !== undefined,
    endsBy: metadata.deletionTimestamp === undefined ? undefined : Date.parse(metadata.deletionTimestamp) || 0,
    capturingSince: container?.ready ? capturingSince(container, status) : undefined,
    hasEnded: terminated !== undefined || status.phase === 'Succeeded' || status.phase === 'Failed',
    outcome: terminated && parseOutcome(terminated.message ?? ''),
    words: wordsOf(status, container),
  };
}

/** Without a readinessProbe a container becomes ready when its startupProbe succeeds. */
function capturingSince({ state }: ContainerStatus, { conditions }: NonNullable<PodFields['status']>): number | undefined {
  if (!state?.running) return undefined;
  const ready = conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
  return Date.parse(ready?.lastTransitionTime ?? state.running.startedAt ?? '') || 0;
}

/** Longer ones than a status has room for. */
const MOST_CHARACTERS = 1000;

function wordsOf(status: NonNullable<PodFields['status']>, container: ContainerStatus | undefined): PodWords {
  const { reason, message } = status;
  const { terminated, waiting, running } = container?.state ?? {};
  const unscheduled = status.conditions?.find((condition) => condition.type === 'PodScheduled' && condition.status === 'False');
  const words =
    // Evicted, Terminated, NodeAffinity: the kubelet says it of the Pod as a whole.
    (reason !== undefined && { reason, message }) ||
    (terminated && { reason: terminated.reason ?? 'Error', message: describeEnd(terminated) }) ||
    (running && { reason: 'Starting', message: 'Its container runs, and tcpdump does not capture yet.' }) ||
    waiting ||
    unscheduled ||
    {};
  return { reason: words.reason ?? 'Pending', message: (words.message ?? '').trim().slice(0, MOST_CHARACTERS) };
}

function describeEnd({ exitCode, signal, message = '' }: Terminated): string {
  const how = signal ? `ended by signal ${signal}` : `exit code ${exitCode}`;
  return message.trim() === '' ? how : `${how}: ${message.trim()}`;
}
