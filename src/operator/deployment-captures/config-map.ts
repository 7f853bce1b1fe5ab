import { DEPLOYMENT_CAPTURE, type DeploymentCaptureSpec, OPENSHIFT_API_VERSION } from '../../api/openshift/index.ts';
import type { OwnerReference } from '../../api/v1alpha1/index.ts';
import { copiedLabels, type Labelled } from './copied-labels.ts';
import { shortened } from './shortened.ts';

/** What is captured: the Jobs of all captures of one Deployment share a ConfigMap. */
export type DeploymentTarget = Pick<DeploymentCaptureSpec, 'targetNamespace' | 'targetDeployment'>;

/** By which these ConfigMaps are found; beside the labels that are copied. */
export const CONFIG_MAP_LABELS = { 'app.kubernetes.io/component': 'capture-settings' } as const;

const MOST_NAME_CHARACTERS = 253;

/**
 * The names that its ConfigMap may have, in order: `a-b` and `c` have the same plain name as `a` and `b-c`, so who finds that
 * taken has one with a hash.
 */
export function configMapNames({ targetNamespace, targetDeployment }: DeploymentTarget): readonly string[] {
  const plain = `${targetNamespace}-${targetDeployment}`;
  const hashed = shortened(plain, MOST_NAME_CHARACTERS, `${targetNamespace}/${targetDeployment}`);
  return plain.length > MOST_NAME_CHARACTERS ? [hashed] : [plain, hashed];
}

/** A resource that has Jobs. */
export interface ConfigOwner extends Labelled {
  readonly uid: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** As it is to be. */
export interface WantedConfig {
  readonly data: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly owners: readonly OwnerReference[];
}

/**
 * What the Jobs of a Deployment take as their environment. It has the labels of the oldest of its owners, and goes with the
 * last of them.
 * @param owners at least one
 */
export function wantedConfig(target: DeploymentTarget, owners: readonly ConfigOwner[], environment: Readonly<Record<string, string>>): WantedConfig {
  const byAge = [...owners].sort((a, b) => (a.createdAt === b.createdAt ? compare(a.uid, b.uid) : compare(a.createdAt, b.createdAt)));
  const [oldest] = byAge;
  return {
    // For people; agents do not read them.
    data: { ...environment, TARGET_NAMESPACE: target.targetNamespace, TARGET_DEPLOYMENT: target.targetDeployment },
    labels: { ...(oldest && copiedLabels(oldest)), ...CONFIG_MAP_LABELS },
    owners: byAge.map(ownerReference),
  };
}

/** Without blockOwnerDeletion, which on some clusters takes a right on the resource's finalizers. */
export function ownerReference({ name, uid }: Pick<ConfigOwner, 'name' | 'uid'>): OwnerReference {
  return { apiVersion: OPENSHIFT_API_VERSION, kind: DEPLOYMENT_CAPTURE.kind, name, uid };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
