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
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace: NAMESPACE }];
  const bound = (kind: 'Role' | 'ClusterRole') => ({ roleRef: { apiGroup: API_GROUP, kind, name: account }, subjects });
  const own = { name: account, namespace: NAMESPACE, labels: LABELS };
  return [
    { apiVersion: `${API_GROUP}/v1`, kind: 'Role', metadata: own, rules: inNamespace },
    { apiVersion: `${API_GROUP}/v1`, kind: 'RoleBinding', metadata: own, ...bound('Role') },
    clusterRole(account, inCluster),
    { apiVersion: `${API_GROUP}/v1`, kind: 'ClusterRoleBinding', metadata: { name: account, labels: LABELS }, ...bound('ClusterRole') },
  ];
}
