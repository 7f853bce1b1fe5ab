/** A rule of `rbac.authorization.k8s.io/v1`: what a part of the operator needs, for manifests and for messages. */
export interface PolicyRule {
  /** `""` is the core group. */
  readonly apiGroups: readonly string[];
  /** In lower case, plural; `packetcaptures/status` is the status alone. */
  readonly resources: readonly string[];
  /** Absent: every object. `create` by POST cannot be limited so: the API server does not know the name yet. */
  readonly resourceNames?: readonly string[];
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`. */
  readonly verbs: readonly string[];
}
