import type { CaptureProgress } from '../../core/capture-progress.ts';
import type { Condition, ConditionStatus, PacketCaptureSetConditionType } from '../v1alpha1/condition.ts';
import type { ObjectMeta } from '../v1alpha1/object-meta.ts';
import type { SetCapturesTotal } from '../v1alpha1/packet-capture-set.ts';
import type { StatusFile, StatusFilesTotal, StatusPackets } from '../v1alpha1/packet-capture-status.ts';
import type { DEPLOYMENT_CAPTURE, OPENSHIFT_API_VERSION } from './group.ts';

/** The PacketCapture of the OpenShift packet-capture-operator: a capture of each Pod of a Deployment, by one Job each. */
export interface DeploymentCapture {
  readonly apiVersion: typeof OPENSHIFT_API_VERSION;
  readonly kind: (typeof DEPLOYMENT_CAPTURE)['kind'];
  readonly metadata: ObjectMeta;
  readonly spec: DeploymentCaptureSpec;
  readonly status?: DeploymentCaptureStatus;
}

/** All of it is required, and nothing of it may change after creation. */
export interface DeploymentCaptureSpec {
  /** The end of the Jobs' names: 4 lower-case letters or digits. Another one is another run. */
  readonly jobId: string;
  /** Namespace of the Deployment. */
  readonly targetNamespace: string;
  /** Name of the Deployment. The capture waits until it appears. */
  readonly targetDeployment: string;
  /** Time limit of each Job in seconds: 1 to 604800 (7 days). */
  readonly duration: number | string;
}

/** What came of it so far. */
export interface DeploymentCaptureStatus {
  /** `metadata.generation` that this status was made from. */
  readonly observedGeneration?: number;
  /** Absent: no Job was made yet. */
  readonly progress?: CaptureProgress;
  /** Why it ended or failed; CamelCase. */
  readonly reason?: string;
  /** The same in plain words. */
  readonly message?: string;
  /** When the first Job was capturing. RFC 3339, whole seconds. */
  readonly startTime?: string;
  /** When the last Job had ended. RFC 3339, whole seconds. */
  readonly completionTime?: string;
  /** Every Pod that has a Job, at most {@link MAX_STATUS_PODS}, in the order in which they got one. */
  readonly pods?: readonly PodCapture[];
  readonly podsTotal?: SetCapturesTotal;
  /** Summed over all Pods. */
  readonly packets?: StatusPackets;
  /** Of all Pods. */
  readonly filesTotal?: StatusFilesTotal;
  readonly conditions?: readonly Condition<PacketCaptureSetConditionType>[];
}

/** Most Pods that are captured for one resource. */
export const MAX_STATUS_PODS = 100;
/** Most entries of `status.pods[].files`. */
export const MAX_POD_FILES = 5;

/** One Pod and its Job. */
export interface PodCapture {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  /** Name of the Job. */
  readonly job: string;
  readonly progress: CaptureProgress;
  /** Why it waits, ended or failed; CamelCase. */
  readonly reason?: string;
  /** The same in plain words: of a failure tcpdump's own, of one that waits the kubelet's or the scheduler's. */
  readonly message?: string;
  /** The device that is captured. */
  readonly interface?: string;
  /** When tcpdump was first capturing. RFC 3339, whole seconds. */
  readonly startTime?: string;
  /** When the capture had ended. RFC 3339, whole seconds. */
  readonly completionTime?: string;
  /** tcpdump's counters. */
  readonly packets?: StatusPackets;
  /** The newest files on the node, at most {@link MAX_POD_FILES}, oldest first. */
  readonly files?: readonly StatusFile[];
  /** No packet that matched was lost. `Unknown` while it cannot be told. */
  readonly lossless?: ConditionStatus;
  /** Of all files. */
  readonly filesTotal?: StatusFilesTotal;
}
