/** The most that a condition's message may have, as of a metav1.Condition. Characters. */
export const CONDITION_MESSAGE_LENGTH = 32_768;

/** As of a metav1.Condition. */
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** A metav1.Condition, as `kubectl wait --for=condition=…` reads it. */
export interface Condition<Type extends string = string> {
  /** Unique in its list. CamelCase. */
  readonly type: Type;
  /** `Unknown` while it cannot be told. */
  readonly status: ConditionStatus;
  /** CamelCase. */
  readonly reason: string;
  /** Why, for people. May be empty. */
  readonly message: string;
  /** RFC 3339, whole seconds. When `status` last changed. */
  readonly lastTransitionTime: string;
  /** `metadata.generation` that the condition was made from. */
  readonly observedGeneration?: number;
}

/** The conditions of a PacketCapture. */
export type PacketCaptureConditionType =
  /** A node's agent has taken the request. False when the request is invalid or was given back. */
  | 'Accepted'
  /** tcpdump is capturing. */
  | 'Capturing'
  /** It ended as asked and its files are whole. False with the reason when it failed. */
  | 'Complete'
  /** No packet that matched was lost. Unknown while it cannot be told. */
  | 'Lossless';

/** The conditions of a PacketCaptureSet. */
export type PacketCaptureSetConditionType =
  /** The set is valid. */
  | 'Accepted'
  /** There are Pods to capture. */
  | 'TargetFound'
  /** Every Pod that matches and runs has its capture. False when maxPods is reached, or a capture could not be made. */
  | 'Covered'
  /** At least one of its captures is capturing. */
  | 'Capturing'
  /** It ended as asked. False with the reason when all captures failed. */
  | 'Complete'
  /** No packet that matched was lost by any capture. Unknown while it cannot be told. */
  | 'Lossless';

/** What the operator tells of a PacketCapture, as no agent can see it. Absent: there was never anything to tell. */
export type OperatorConditionType =
  /** The Pod or node that is to be captured is there. */
  | 'TargetFound'
  /** The agent of the target's node is at work. */
  | 'AgentReady';
