import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { API_VERSION, PACKET_CAPTURE_SET } from '../../api/v1alpha1/group.ts';
import { type ConditionStatus, type OwnerReference, type PacketCapture, SET_UID_LABEL, type SetCapture, type StatusFilesTotal } from '../../api/v1alpha1/index.ts';
import { childName } from './child.ts';

/** What is kept of a PacketCapture that a set owns. */
export interface KnownChild extends SetCapture {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly setUid: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly stop: boolean;
  readonly retainFiles: boolean;
  /** RFC 3339. When it was first capturing. */
  readonly startTime?: string;
  /** RFC 3339. When it had ended. */
  readonly completionTime?: string;
  readonly filesTotal?: StatusFilesTotal;
  /** Of its condition of that type. */
  readonly lossless?: ConditionStatus;
}

interface Owned {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
}

/** `undefined` for what only looks as if a set had made it: what has no such owner, or not the name and label that it gives. */
export function knownChild(object: KubernetesObject): KnownChild | undefined {
  const { metadata, spec, status = {} } = object as KubernetesObject & Owned & Partial<Pick<PacketCapture, 'spec' | 'status'>>;
  const owner = metadata.ownerReferences?.find(({ apiVersion, kind, controller }) => apiVersion === API_VERSION && kind === PACKET_CAPTURE_SET.kind && controller);
  const { targetPod, targetPodUID } = spec ?? {};
  if (!owner || metadata.labels?.[SET_UID_LABEL] !== owner.uid) return undefined;
  if (targetPod === undefined || targetPodUID === undefined || metadata.name !== childName(owner, targetPodUID)) return undefined;
  const { node, progress, reason, packets, startTime, completionTime, filesTotal } = status;
  const lossless = status.conditions?.find(({ type }) => type === 'Lossless')?.status;
  return {
    uid: metadata.uid,
    name: metadata.name,
    resourceVersion: metadata.resourceVersion,
    setUid: owner.uid,
    createdAt: metadata.creationTimestamp ?? '',
    pod: targetPod,
    podUID: targetPodUID,
    stop: spec?.stop ?? false,
    retainFiles: spec?.retainFiles ?? false,
    ...(node !== undefined && { node }),
    ...(progress !== undefined && { progress }),
    ...(reason !== undefined && { reason }),
    ...(packets !== undefined && { packets }),
    ...(startTime !== undefined && { startTime }),
    ...(completionTime !== undefined && { completionTime }),
    ...(filesTotal !== undefined && { filesTotal }),
    ...(lossless !== undefined && { lossless }),
  };
}

/** An agent has it, or it was given to one. */
export function isTaken({ node, progress }: KnownChild): boolean {
  return node !== undefined || progress !== undefined;
}
