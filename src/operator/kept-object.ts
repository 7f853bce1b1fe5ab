import type { KubernetesObject } from '../adapters/kubernetes/index.ts';

/** What is kept of an object on the API server that the operator makes. */
export interface KeptObject {
  /** `metadata.uid`. */
  readonly uid: string;
  /** Changes with `spec`, and not with anything else. */
  readonly generation: number;
  /** It was deleted, and waits for a finalizer: it is left alone until it is gone. */
  readonly isDeleting: boolean;
}

export function keptObject(object: KubernetesObject): KeptObject {
  const { uid, deletionTimestamp, generation = 0 } = object.metadata as KubernetesObject['metadata'] & { readonly generation?: number };
  return { uid, generation, isDeleting: deletionTimestamp !== undefined };
}
