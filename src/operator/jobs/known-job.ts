import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import type { OwnerReference } from '../../api/v1alpha1/index.ts';
import { HOSTMOUNT_VOLUME } from '../agents/agent-pod.ts';
import { type OrderedCapture, orderedCapture } from './job-order.ts';

/** What is kept of a Job that makes a capture. */
export interface KnownJob {
  /** `metadata.uid`. */
  readonly uid: string;
  /** `metadata.name`. */
  readonly name: string;
  /** `metadata.namespace`. */
  readonly namespace: string;
  /** For a write to this very state. */
  readonly resourceVersion: string;
  /** It was deleted, and waits for its Pods to go, or for a finalizer. */
  readonly isDeleting: boolean;
  /** RFC 3339. By the wall clock of the API server. */
  readonly createdAt: string;
  /** `{}` where it has none. */
  readonly labels: Readonly<Record<string, string>>;
  /** The resource that it captures for. */
  readonly owner: OwnerReference;
  /** `undefined`: it was made by something else, or changed. */
  readonly ordered: OrderedCapture | undefined;
  /** Folder of the node that it writes to. */
  readonly hostmount: string | undefined;
  /** Its Pods are ended, and no others are made. */
  readonly isSuspended: boolean;
  /** `undefined`: it goes on. */
  readonly end: JobEnd | undefined;
}

/** What the Job controller says of a Job that is over. */
export interface JobEnd {
  /** By the condition `Complete`: a Pod has ended with exit code 0. Else it failed. */
  readonly isComplete: boolean;
  /** Nothing of it runs any more. Not so while it is decided that it has failed, and its Pods are being ended. */
  readonly isSettled: boolean;
  /** CamelCase: `DeadlineExceeded`, `BackoffLimitExceeded`, `PodFailurePolicy`. */
  readonly reason: string;
  /** For people, in the words of the Job controller. May be empty. */
  readonly message: string;
  /** Milliseconds since the Unix epoch, by the wall clock of the Job controller. */
  readonly at: number;
}

interface JobFields {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
  readonly spec?: {
    readonly suspend?: boolean;
    readonly template?: { readonly spec?: { readonly volumes?: readonly { readonly name: string; readonly hostPath?: { readonly path?: string } }[] } };
  };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

/** `undefined` for one that nothing owns: no resource's capture is made by it. */
export function knownJob(object: KubernetesObject): KnownJob | undefined {
  const { metadata, spec, status } = object as KubernetesObject & JobFields;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return (
    owner && {
      uid: metadata.uid,
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      resourceVersion: metadata.resourceVersion,
      isDeleting: metadata.deletionTimestamp !== undefined,
      createdAt: metadata.creationTimestamp ?? '',
      labels: metadata.labels ?? {},
      owner,
      ordered: orderedCapture(object),
      hostmount: spec?.template?.spec?.volumes?.find(({ name }) => name === HOSTMOUNT_VOLUME)?.hostPath?.path,
      isSuspended: spec?.suspend ?? false,
      end: endOf(status),
    }
  );
}

/** By these conditions, the first that there is (batch/v1 JobConditionType). */
const ENDS = { Complete: { isComplete: true, isSettled: true }, Failed: { isComplete: false, isSettled: true }, FailureTarget: { isComplete: false, isSettled: false } } as const;

function endOf(status: JobFields['status']): JobEnd | undefined {
  for (const [type, end] of Object.entries(ENDS)) {
    const condition = status?.conditions?.find((one) => one.type === type && one.status === 'True');
    if (!condition) continue;
    const { reason = type, message = '', lastTransitionTime } = condition;
    return { ...end, reason, message, at: Date.parse(lastTransitionTime ?? '') || 0 };
  }
  return undefined;
}
