import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';

/** What is kept of a CRD on the API server. */
export interface KnownCrd {
  readonly uid: string;
  /** Changes with `spec`, and not with anything else. */
  readonly generation: number;
  readonly isDeleting: boolean;
  readonly isEstablished: boolean;
  /** Why its names were not accepted, if so. */
  readonly namesRefused: string | undefined;
}

interface CrdFields {
  readonly metadata: { readonly generation?: number };
  readonly status?: { readonly conditions?: readonly CrdCondition[] | null };
}

interface CrdCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export function knownCrd(object: KubernetesObject): KnownCrd {
  const { metadata, status } = object as KubernetesObject & CrdFields;
  // The API server writes `null` for a CRD that it has just taken.
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const names = condition('NamesAccepted');
  return {
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    isDeleting: metadata.deletionTimestamp !== undefined,
    isEstablished: condition('Established')?.status === 'True' && names?.status === 'True',
    namesRefused: names?.status === 'False' ? `${names.message ?? ''} (${names.reason ?? ''})` : undefined,
  };
}
