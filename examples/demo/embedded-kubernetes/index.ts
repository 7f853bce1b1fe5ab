/** A Kubernetes API in memory, for the demo and for tests. */
export { EmbeddedKubernetes, type EmbeddedKubernetesOptions, type ObjectReference } from './embedded-kubernetes.ts';
export type { WatchStream } from './api/watch-stream.ts';
export type { Fault, ObservedRequest } from './faults/fault.ts';
export type { Faults, FaultOptions, InjectedFault } from './faults/faults.ts';
export type { KubernetesObject, ManagedFieldsEntry, ObjectMeta } from './objects/kubernetes-object.ts';
export { StatusError } from './objects/status-error.ts';
export type { ResourceRules, RuleViolation } from './resources/custom-resource-definitions.ts';
