import type { CaptureProgress } from '../../core/capture-progress.ts';
import type { Condition, PacketCaptureSetConditionType } from './condition.ts';
import { type API_VERSION, GROUP, type PACKET_CAPTURE_SET } from './group.ts';
import type { ObjectMeta } from './object-meta.ts';
import type { StatusFilesTotal, StatusPackets } from './packet-capture-status.ts';
import type { CaptureLifeFields, CaptureLimitFields } from './packet-capture.ts';

/** Label of the PacketCaptures that a set owns: its `metadata.uid`. */
export const SET_UID_LABEL = `${GROUP}/set-uid`;

/** Captures of all Pods of a workload or of a selector: one PacketCapture for each, which the set owns. */
export interface PacketCaptureSet {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: (typeof PACKET_CAPTURE_SET)['kind'];
  readonly metadata: ObjectMeta;
  readonly spec: PacketCaptureSetSpec;
  readonly status?: PacketCaptureSetStatus;
}

/** Exactly one of `targetRef` and `selector`. After creation only the fields of {@link CaptureLifeFields} may change. */
export interface PacketCaptureSetSpec extends CaptureLifeFields {
  /** Namespace of the Pods. */
  readonly targetNamespace: string;
  /** A workload, whose Pods are captured through rollouts, restarts and scaling. */
  readonly targetRef?: WorkloadReference;
  /** Labels of the Pods. An empty selector matches every Pod of the namespace. */
  readonly selector?: LabelSelector;
  /** Most Pods that are captured over the whole life of the set: 1 to 100. Default 32. */
  readonly maxPods?: number | string;
  /** What each capture is to be like. `captureSeconds` counts from the start of the set. */
  readonly template?: PacketCaptureTemplate;
}

/** What a set can be of by its name. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

/** The workload whose Pods are captured, in the set's `targetNamespace`. */
export interface WorkloadReference {
  readonly kind: WorkloadKind;
  readonly name: string;
}

/** metav1.LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

/** metav1.LabelSelectorRequirement. */
export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** At least one for `In` and `NotIn`, none for the others. */
  readonly values?: readonly string[];
}

/** What each capture of a set is made from. */
export interface PacketCaptureTemplate extends CaptureLimitFields {
  /** A device inside each Pod, or `any`. Default: the device of the Pod's default route. */
  readonly targetInterface?: string;
}

/** What came of a PacketCaptureSet so far. */
export interface PacketCaptureSetStatus {
  /** `metadata.generation` that this status was made from. */
  readonly observedGeneration?: number;
  readonly progress?: CaptureProgress;
  /** Why it ended or failed; CamelCase. */
  readonly reason?: string;
  /** The same in plain words. */
  readonly message?: string;
  /** When the first capture was capturing. RFC 3339, whole seconds. */
  readonly startTime?: string;
  /** When the last capture had ended. RFC 3339, whole seconds. */
  readonly completionTime?: string;
  /** The newest captures, at most 100, oldest first. */
  readonly captures?: readonly SetCapture[];
  /** Of all captures, also those that {@link PacketCaptureSetStatus.captures} has no room for. */
  readonly capturesTotal?: SetCapturesTotal;
  /** Sum over all captures. */
  readonly packets?: StatusPackets;
  /** Sum over all captures. */
  readonly filesTotal?: StatusFilesTotal;
  readonly conditions?: readonly Condition<PacketCaptureSetConditionType>[];
}

/** Most entries of a set's `status.captures`. */
export const MAX_STATUS_CAPTURES = 100;

/** One Pod of a set. */
export interface SetCapture {
  /** Name of the PacketCapture. */
  readonly name: string;
  readonly pod: string;
  readonly podUID: string;
  readonly node?: string;
  /** Absent: nobody has taken it. */
  readonly progress?: CaptureProgress;
  readonly reason?: string;
  readonly packets?: StatusPackets;
}

/** The captures of a set, summed up. */
export interface SetCapturesTotal {
  readonly count: number;
  readonly scheduled: number;
  readonly running: number;
  readonly finished: number;
  readonly failure: number;
}
