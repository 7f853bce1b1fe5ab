/** A rule of `rbac.authorization.k8s.io/v1`: what a part of the operator needs, for manifests and for messages. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Absent: every object. `create` by POST cannot be limited so: the API server does not know the name yet. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
