/**
 * The operator's controllers, for those who compose an operator of their own.
 * @module pcapper/operator
 */
export { AGENT_DAEMON_SET, AGENT_LABELS, type AgentDaemonSet, agentDaemonSet, type AgentDaemonSetSpec } from './agents/agent-daemon-set.ts';
export { AGENT_CAPABILITIES, type AgentPlace } from './agents/agent-pod.ts';
export { AgentsConfig, type AgentsConfigOptions } from './agents/agents-config.ts';
export { AgentsKeeper, type AgentsKeeperOptions } from './agents/agents-keeper.ts';
export { type AgentsSettings, readAgentsSettings } from './agents/agents-settings.ts';
export type { Controller } from './controller.ts';
export { DEPLOYMENT_CAPTURE_CRD, DEPLOYMENT_CAPTURE_CRD_RULES, DEPLOYMENT_CAPTURE_RULES, DeploymentCaptures, type DeploymentCapturesOptions } from './deployment-captures/index.ts';
export { CrdKeeper, type CrdKeeperOptions } from './install/crd-keeper.ts';
export { WhileCrdServed, type WhileCrdServedOptions } from './install/while-crd-served.ts';
export { OwnInstallation, type OwnInstallationOptions } from './install/own-installation.ts';
export { LeaderElection, type LeaderElectionOptions } from './lease/leader-election.ts';
export { DEFAULT_LEASE_TIMES, type LeaseTimes } from './lease/lease-times.ts';
export { OPERATOR_LEASE } from './lease/operator-lease.ts';
export { type KeeperParts, ObjectKeeper, type ObjectKeeperOptions } from './object-keeper.ts';
export type { KeptObject } from './kept-object.ts';
export { Operator, type OperatorOptions, type TermParts } from './operator.ts';
export { CaptureWatch, type CaptureChange, type CaptureWatchOptions } from './packet-captures/capture-watch.ts';
export type { KnownCapture } from './packet-captures/known-capture.ts';
export type { WatchedCapture } from './packet-captures/watched-capture.ts';
export type {
  Container,
  ContainerPort,
  ContainerResources,
  ContainerSecurityContext,
  EnvironmentVariable,
  NameReference,
  NodeNameAffinity,
  NodeNameTerm,
  PodSecurityContext,
  PodSpec,
  PodTemplate,
  PodTemplateMetadata,
  Probe,
  ProfileType,
  Toleration,
  Volume,
  VolumeMount,
} from './pod-template.ts';
export type { PolicyRule } from './policy-rule.ts';
export { Retention, RETENTION_RULES, type RetainedObjects, type RetentionOptions } from './retention/retention.ts';
export { agentRules, type OperatorNames, operatorRules, type Rights } from './rights.ts';
export { PacketCaptureSets, type PacketCaptureSetsOptions } from './sets/index.ts';
export { AgentPods, type AgentPodsOptions } from './targets/agent-pods.ts';
export { Targets, type TargetsOptions } from './targets/targets.ts';
export { CAPTURE_UID_LABEL, type CaptureJob, captureJob, captureJobName, type CaptureJobOptions, type CaptureJobSpec, hashOf, type PodFailureRule } from './jobs/capture-job.ts';
export { dispatchRules } from './jobs/dispatch-rules.ts';
export { JobDispatcher, type JobDispatcherOptions } from './jobs/job-dispatcher.ts';
export type { JobPod, PodWords } from './jobs/job-pod.ts';
export type { OrderedCapture } from './jobs/job-order.ts';
export { jobProgress, type JobProgress } from './jobs/job-progress.ts';
export { JOB_RULES } from './jobs/job-rules.ts';
export { JobWatch, type JobWatchOptions } from './jobs/job-watch.ts';
export type { JobEnd, KnownJob } from './jobs/known-job.ts';
export type {
  Condition,
  ConditionStatus,
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  JsonSchema,
  OperatorConditionType,
  OwnerReference,
  PrinterColumn,
  ResourceNames,
  ValidationRule,
} from '../api/v1alpha1/index.ts';
export type { Dispatch } from '../adapters/environment/operator-settings.ts';
export type { CaptureOutcome } from '../api/one-shot/capture-outcome.ts';
export type { OneShotOrder } from '../api/one-shot/capture-order.ts';
