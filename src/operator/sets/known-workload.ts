import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import type { LabelSelector, WorkloadKind } from '../../api/v1alpha1/index.ts';
import type { KnownPod } from './known-pod.ts';
import { labelSelectorText } from '../label-selector-text.ts';

/** What is kept of a workload. */
export interface KnownWorkload {
  readonly kind: WorkloadKind;
  readonly uid: string;
  readonly name: string;
  /** As a query has it. */
  readonly selector: string;
  /** Pods that it is to have; `undefined`: one on each node that fits. */
  readonly replicas: number | undefined;
}

interface WorkloadFields {
  readonly spec: { readonly selector: LabelSelector; readonly replicas?: number };
}

export function knownWorkload(kind: WorkloadKind, object: KubernetesObject): KnownWorkload {
  const { metadata, spec } = object as KubernetesObject & WorkloadFields;
  return { kind, uid: metadata.uid, name: metadata.name, selector: labelSelectorText(spec.selector), replicas: spec.replicas };
}

/** A Deployment owns Pods by ReplicaSets, which it names after itself and the hash of their template (kubernetes, deployment/sync.go). */
export function isPodOf({ controller, templateHash }: KnownPod, { kind, uid, name }: KnownWorkload): boolean {
  if (controller === undefined) return false;
  return kind === 'Deployment' ? controller.kind === 'ReplicaSet' && controller.name === `${name}-${templateHash}` : controller.uid === uid;
}
