import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { type PacketCaptureSet, type PacketCaptureSetStatus, parsePacketCaptureSet, type SetDemand } from '../../api/v1alpha1/index.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import { knownCapture, type KnownCapture } from '../packet-captures/known-capture.ts';

/** What is kept of a PacketCaptureSet. */
export interface KnownSet extends KnownCapture {
  readonly generation: number;
  readonly demand: SetDemand;
  readonly stop: boolean;
  readonly retainFiles: boolean;
  /** Of a set that has ended nothing is kept but its progress. */
  readonly status: PacketCaptureSetStatus;
}

export type ValidSet = KnownSet & { readonly demand: Extract<SetDemand, { readonly valid: true }> };

export function isValid(set: KnownSet): set is ValidSet {
  return set.demand.valid;
}

export function knownSet(object: KubernetesObject): KnownSet {
  const { metadata, spec, status = {} } = object as KubernetesObject & { readonly metadata: { readonly generation?: number } } & Partial<
      Pick<PacketCaptureSet, 'spec' | 'status'>
    >;
  return {
    ...knownCapture(object),
    generation: metadata.generation ?? 0,
    demand: parsePacketCaptureSet(object),
    stop: spec?.stop === true,
    retainFiles: spec?.retainFiles === true,
    status: isTerminal(status.progress) ? { progress: status.progress } : status,
  };
}
