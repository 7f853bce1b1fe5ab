import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import type { PacketCapture, PacketCaptureStatus } from '../../api/v1alpha1/index.ts';
import { lifeFields } from '../../api/v1alpha1/schema/life-fields.ts';

/** What the operator keeps of a PacketCapture. */
export interface KnownCapture {
  /** `metadata.uid`. */
  readonly uid: string;
  /** `metadata.name`. */
  readonly name: string;
  /** For a deletion of this very state. */
  readonly resourceVersion: string;
  /** It was deleted, and waits for a finalizer of somebody else. */
  readonly isDeleting: boolean;
  /** RFC 3339. By the wall clock of the API server. */
  readonly createdAt: string;
  /** `undefined`: nobody has taken it. */
  readonly progress: PacketCaptureStatus['progress'];
  /** When it had ended. Milliseconds since the Unix epoch, by the wall clock of its node. */
  readonly completionTime: number | undefined;
  /** Time from its end to its removal. Milliseconds; `undefined`: it stays. */
  readonly timeToLive: number | undefined;
}

export function knownCapture({ metadata, ...object }: KubernetesObject): KnownCapture {
  const { spec, status } = object as Partial<Pick<PacketCapture, 'spec' | 'status'>>;
  const completionTime = Date.parse(status?.completionTime ?? '');
  return {
    uid: metadata.uid,
    name: metadata.name,
    resourceVersion: metadata.resourceVersion,
    isDeleting: metadata.deletionTimestamp !== undefined,
    createdAt: metadata.creationTimestamp ?? '',
    progress: status?.progress,
    completionTime: Number.isNaN(completionTime) ? undefined : completionTime,
    timeToLive: timeToLive(spec?.ttlSecondsAfterFinished),
  };
}

/** Nothing for what our CRD does not let in: it must not remove anything. */
function timeToLive(seconds: number | string | undefined): number | undefined {
  if (typeof seconds !== 'number' && typeof seconds !== 'string') return undefined;
  const isValid = lifeFields.ttlSecondsAfterFinished.rules.every(({ holds }) => holds(seconds)) && Number.isSafeInteger(Number(seconds));
  return isValid ? Number(seconds) * 1000 : undefined;
}
