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
  /** Group and version of both resources. */
  readonly apiVersion: typeof API_VERSION;
  /** Always this. */
  readonly kind: (typeof PACKET_CAPTURE_SET)['kind'];
  /** In the namespace of pcapper, as its captures; its Pods may be elsewhere. */
  readonly metadata: ObjectMeta;
  /** What is asked for. */
  readonly spec: PacketCaptureSetSpec;
  /** Written by the operator alone. Absent: it has not seen the set yet. */
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
  /** Of the group `apps`. */
  readonly kind: WorkloadKind;
  /** `metadata.name`. */
  readonly name: string;
}

/** metav1.LabelSelector. */
export interface LabelSelector {
  /** Labels with exactly these values; all must match. Absent: none is asked for. */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** All must match, beside `matchLabels`. Absent: none is asked for. */
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

/** metav1.LabelSelectorRequirement. */
export interface LabelSelectorRequirement {
  /** Of the label: `app.kubernetes.io/name`. */
  readonly key: string;
  /** `NotIn` and `DoesNotExist` match also what has no such label. */
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
  /** Absent: it has no captures yet. `failure`: it is not valid, or all of its captures failed. */
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
  /** One of each type, for `kubectl wait`. */
  readonly conditions?: readonly Condition<PacketCaptureSetConditionType>[];
}

/** Most entries of a set's `status.captures`. */
export const MAX_STATUS_CAPTURES = 100;

/** One Pod of a set. */
export interface SetCapture {
  /** Name of the PacketCapture. */
  readonly name: string;
  /** `metadata.name` of the Pod. */
  readonly pod: string;
  /** `metadata.uid` of the Pod. */
  readonly podUID: string;
  /** Where it is captured. Absent: nobody has taken it. */
  readonly node?: string;
  /** Absent: nobody has taken it. */
  readonly progress?: CaptureProgress;
  /** Why it ended, failed or was given back; CamelCase. */
  readonly reason?: string;
  /** tcpdump's counters. Absent: it has not captured yet. */
  readonly packets?: StatusPackets;
}

/** The captures of a set, summed up. */
export interface SetCapturesTotal {
  /** All that were made, those that nobody has taken included. */
  readonly count: number;
  /** Taken, and not capturing yet. */
  readonly scheduled: number;
  /** Capturing at present. */
  readonly running: number;
  /** Ended as asked, files whole. */
  readonly finished: number;
  /** Ended otherwise, or never begun. */
  readonly failure: number;
}
