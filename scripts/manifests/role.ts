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

export function serviceAccount(name: string, namespace = NAMESPACE): Manifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels: LABELS } };
}

export function clusterRole(name: string, rules: readonly PolicyRule[]): Manifest {
  return { apiVersion: `${API_GROUP}/v1`, kind: 'ClusterRole', metadata: { name, labels: LABELS }, rules };
}

/** Where a ServiceAccount is that gets rights. */
export interface GrantPlace {
  readonly namespace?: string;
  /** Name of what the cluster has no two of. Default: that of the ServiceAccount. */
  readonly clusterName?: string;
}

/** The rights of a ServiceAccount: in the namespace by a Role, in the whole cluster by a ClusterRole, both bound to it. */
export function grants(account: string, { inNamespace, inCluster }: Rights, { namespace = NAMESPACE, clusterName }: GrantPlace = {}): Manifest[] {
  const own = { name: account, namespace, labels: LABELS };
  return [
    { apiVersion: `${API_GROUP}/v1`, kind: 'Role', metadata: own, rules: inNamespace },
    { apiVersion: `${API_GROUP}/v1`, kind: 'RoleBinding', metadata: own, roleRef: { apiGroup: API_GROUP, kind: 'Role', name: account }, subjects: subjectsOf(account, namespace) },
    ...clusterGrant(account, inCluster, { namespace, ...(clusterName !== undefined && { clusterName }) }),
  ];
}

/** The rights of a ServiceAccount in the whole cluster. */
export function clusterGrant(account: string, rules: readonly PolicyRule[], { namespace = NAMESPACE, clusterName: name = account }: GrantPlace = {}): Manifest[] {
  return [
    clusterRole(name, rules),
    {
      apiVersion: `${API_GROUP}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name, labels: LABELS },
      roleRef: { apiGroup: API_GROUP, kind: 'ClusterRole', name },
      subjects: subjectsOf(account, namespace),
    },
  ];
}

function subjectsOf(name: string, namespace: string) {
  return [{ kind: 'ServiceAccount', name, namespace }];
}
