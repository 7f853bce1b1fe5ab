import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import type { OwnerReference } from '../../api/v1alpha1/index.ts';

/** What is kept of a Pod that a set may capture. */
export interface KnownPod {
  readonly uid: string;
  readonly name: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** It runs, and is not being deleted. */
  readonly isRunning: boolean;
  /** All its containers have ended, for good. */
  readonly hasEnded: boolean;
  readonly controller: Pick<OwnerReference, 'kind' | 'name' | 'uid'> | undefined;
  readonly node: string | undefined;
  readonly hostNetwork: boolean;
  /** Of the ReplicaSet that a Deployment has made. */
  readonly templateHash: string | undefined;
}

interface PodFields {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
  readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean };
  readonly status?: { readonly phase?: string };
}

export function knownPod(object: KubernetesObject): KnownPod {
  const { metadata, spec, status } = object as KubernetesObject & PodFields;
  const controller = metadata.ownerReferences?.find((owner) => owner.controller);
  const phase = status?.phase;
  return {
    uid: metadata.uid,
    name: metadata.name,
    createdAt: metadata.creationTimestamp ?? '',
    isRunning: phase === 'Running' && metadata.deletionTimestamp === undefined,
    hasEnded: phase === 'Succeeded' || phase === 'Failed',
    controller: controller && { kind: controller.kind, name: controller.name, uid: controller.uid },
    node: spec?.nodeName,
    hostNetwork: spec?.hostNetwork ?? false,
    templateHash: metadata.labels?.['pod-template-hash'],
  };
}
