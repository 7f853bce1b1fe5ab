import type { PolicyRule } from '../../src/operator/policy-rule.ts';
import type { Rights } from '../../src/operator/rights.ts';
import { LABELS, NAMESPACE } from './names.ts';

const API_GROUP = 'rbac.authorization.k8s.io';

/** An object as it is written to a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

export function serviceAccount(name: string): Manifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE, labels: LABELS } };
}

export function clusterRole(name: string, rules: readonly PolicyRule[]): Manifest {
  return { apiVersion: `${API_GROUP}/v1`, kind: 'ClusterRole', metadata: { name, labels: LABELS }, rules };
}

/** The rights of a ServiceAccount: in the namespace by a Role, in the whole cluster by a ClusterRole, both bound to it. */
export function grants(account: string, { inNamespace, inCluster }: Rights): Manifest[] {
  const own = { name: account, namespace: NAMESPACE, labels: LABELS };
  return [
    { apiVersion: `${API_GROUP}/v1`, kind: 'Role', metadata: own, rules: inNamespace },
    { apiVersion: `${API_GROUP}/v1`, kind: 'RoleBinding', metadata: own, ...boundTo(account, 'Role') },
    ...clusterGrant(account, inCluster),
  ];
}

/** The rights of a ServiceAccount in the whole cluster. */
export function clusterGrant(account: string, rules: readonly PolicyRule[]): Manifest[] {
  return [
    clusterRole(account, rules),
    { apiVersion: `${API_GROUP}/v1`, kind: 'ClusterRoleBinding', metadata: { name: account, labels: LABELS }, ...boundTo(account, 'ClusterRole') },
  ];
}

function boundTo(account: string, kind: 'Role' | 'ClusterRole') {
  return { roleRef: { apiGroup: API_GROUP, kind, name: account }, subjects: [{ kind: 'ServiceAccount', name: account, namespace: NAMESPACE }] };
}
