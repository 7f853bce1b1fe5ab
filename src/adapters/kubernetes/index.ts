/**
 * PacketCaptures and Pod annotations as sources, status and Events as sinks, and the client that they use.
 * @module pcapper/kubernetes
 */
export { ApiConnectionError, ApiStatusError, type ApiAnswer, type ApiCall } from './api-errors.ts';
export type { BackoffOptions } from './backoff.ts';
export { inClusterConnection, type InClusterOptions, SERVICE_ACCOUNT_DIRECTORY } from './in-cluster-connection.ts';
export { type ClusterLike, kubeConfigConnection, kubeconfigFileConnection, type KubeConfigLike } from './kubeconfig-connection.ts';
export type { KubernetesConnection } from './kubernetes-connection.ts';
export { loadConnection, type LoadConnectionOptions } from './load-connection.ts';
export {
  KubernetesClient,
  type ApiOutcome,
  type CallOptions,
  type KubernetesClientOptions,
  type ListOptions,
  type PatchType,
  type Query,
  type WatchOptions,
} from './kubernetes-client.ts';
export type { KubernetesList, KubernetesObject, KubernetesStatus, ListMetadata, ObjectMetadata, StatusCause, StatusDetails, WatchEvent } from './kubernetes-object.ts';
export { Reflector, type ReflectedChange, type ReflectorOptions, type ReflectorTimes, type RelistCause } from './reflector.ts';
export { EventPost, type EventContent, type EventPostOptions, type EventSubject } from './event-post.ts';
export { aboutPacketCapture, EventSink, type EventSinkOptions } from './event-sink.ts';
export { LivePodAnnotations } from './live-pod-annotations.ts';
export { NodePods, type NodePodsOptions, type PodListener } from './node-pods.ts';
export type { PacketCaptureRecord, PacketCaptureRecords } from './packet-capture-record.ts';
export { POD_ANNOTATION, PodAnnotationSource, type PodAnnotationSourceOptions } from './pod-annotation-source.ts';
export { aboutAnnotatedPod } from './pod-event.ts';
export { PacketCaptureSource, type PacketCaptureSourceOptions } from './packet-capture-source.ts';
export { AGENT_FIELD_MANAGER, PacketCaptureStatusSink, type PacketCaptureStatusSinkOptions } from './packet-capture-status-sink.ts';
export type { AnnotatedPod, AnnotationKey, CaptureAnnotations } from '../../api/annotations/index.ts';
export type {
  CaptureDispatcher,
  CaptureLifeFields,
  CaptureLimitFields,
  Condition,
  ConditionStatus,
  LabelSelector,
  LabelSelectorRequirement,
  ObjectMeta,
  OwnerReference,
  PacketCapture,
  PacketCaptureConditionType,
  PacketCaptureSet,
  PacketCaptureSetConditionType,
  PacketCaptureSetSpec,
  PacketCaptureSetStatus,
  PacketCaptureSpec,
  PacketCaptureStatus,
  PacketCaptureTarget,
  PacketCaptureTemplate,
  SetCapture,
  SetCapturesTotal,
  StatusFile,
  StatusFilesTotal,
  StatusGap,
  StatusPackets,
  WorkloadKind,
  WorkloadReference,
} from '../../api/v1alpha1/index.ts';
