import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { type DeploymentCapture, type DeploymentCaptureStatus, type DeploymentDemand, parseDeploymentCapture } from '../../api/openshift/index.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import { knownCapture, type KnownCapture } from '../packet-captures/known-capture.ts';

/** What is kept of a PacketCapture of OpenShift's group. */
export interface KnownDeploymentCapture extends KnownCapture {
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly demand: DeploymentDemand;
  /** Of one that has ended nothing is kept but its progress. */
  readonly status: DeploymentCaptureStatus;
}

export type ValidDeploymentCapture = KnownDeploymentCapture & { readonly demand: Extract<DeploymentDemand, { readonly valid: true }> };

export function isValid(capture: KnownDeploymentCapture): capture is ValidDeploymentCapture {
  return capture.demand.valid;
}

export function knownDeploymentCapture(object: KubernetesObject): KnownDeploymentCapture {
  const { metadata, status = {} } = object as KubernetesObject & { readonly metadata: { readonly generation?: number } } & Partial<Pick<DeploymentCapture, 'status'>>;
  return {
    ...knownCapture(object),
    generation: metadata.generation ?? 0,
    labels: metadata.labels ?? {},
    demand: parseDeploymentCapture(object),
    status: isTerminal(status.progress) ? { progress: status.progress } : status,
  };
}
