import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { keptObject, type KeptObject } from '../kept-object.ts';

/** What is kept of a CRD on the API server. */
export interface KnownCrd extends KeptObject {
  readonly isEstablished: boolean;
  /** Why its names were not accepted, if so. */
  readonly namesRefused: string | undefined;
}

interface CrdFields {
  readonly status?: { readonly conditions?: readonly CrdCondition[] | null };
}

interface CrdCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export function knownCrd(object: KubernetesObject): KnownCrd {
  const { status } = object as KubernetesObject & CrdFields;
  // The API server writes `null` for a CRD that it has just taken.
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const names = condition('NamesAccepted');
  return {
    ...keptObject(object),
    isEstablished: condition('Established')?.status === 'True' && names?.status === 'True',
    namesRefused: names?.status === 'False' ? `${names.message ?? ''} (${names.reason ?? ''})` : undefined,
  };
}
