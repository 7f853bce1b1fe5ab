import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { DEPLOYMENT_CAPTURE, OPENSHIFT_API_VERSION } from '../../api/openshift/index.ts';
import type { OwnerReference } from '../../api/v1alpha1/index.ts';
import { CONFIG_MAP_LABELS, type DeploymentTarget, type WantedConfig } from './config-map.ts';

/** What is kept of a ConfigMap of ours. */
export interface KnownConfig extends WantedConfig, DeploymentTarget {
  readonly uid: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly isDeleting: boolean;
}

interface ConfigMapFields {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
  readonly data?: Readonly<Record<string, string>> | null;
}

/** `undefined` for one that this operator has not made. */
export function knownConfig(object: KubernetesObject): KnownConfig | undefined {
  const { metadata, data } = object as KubernetesObject & ConfigMapFields;
  const { TARGET_NAMESPACE: targetNamespace, TARGET_DEPLOYMENT: targetDeployment } = data ?? {};
  const labels = metadata.labels ?? {};
  const owners = metadata.ownerReferences ?? [];
  const isLabelled = Object.entries(CONFIG_MAP_LABELS).every(([key, value]) => labels[key] === value);
  if (!isLabelled || !owners.some(isOurs) || targetNamespace === undefined || targetDeployment === undefined) return undefined;
  return {
    uid: metadata.uid,
    name: metadata.name,
    resourceVersion: metadata.resourceVersion,
    isDeleting: metadata.deletionTimestamp !== undefined,
    targetNamespace,
    targetDeployment,
    data: data ?? {},
    labels,
    owners,
  };
}

/** The owner is a PacketCapture of OpenShift's group. */
export function isOurs({ apiVersion, kind }: OwnerReference): boolean {
  return apiVersion === OPENSHIFT_API_VERSION && kind === DEPLOYMENT_CAPTURE.kind;
}
