import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { statusIn } from '../../adapters/kubernetes/packet-capture-record.ts';
import { type Condition, dispatcherOf, observePacketCapture, type OperatorConditionType } from '../../api/v1alpha1/index.ts';
import type { CaptureTarget } from '../../core/capture-target.ts';
import { knownCapture, type KnownCapture } from './known-capture.ts';

/** What the operator keeps of a PacketCapture that has not ended, and may never begin. */
export interface WatchedCapture extends KnownCapture {
  /** `undefined`: it cannot be told from the spec. */
  readonly target: CaptureTarget | undefined;
  /** The node that has it. */
  readonly node: string | undefined;
  /** Resident agents leave it alone, and so its node's agent says nothing of it. */
  readonly isJob: boolean;
  /** Time limit. Milliseconds; `undefined` of a request that is not valid. */
  readonly timeLimit: number | undefined;
  /** When it began to capture. Milliseconds since the Unix epoch, by the wall clock of its node. */
  readonly startTime: number | undefined;
  /** `status.reason`; CamelCase. */
  readonly reason: string | undefined;
  /** Those of the operator. */
  readonly conditions: readonly Condition<OperatorConditionType>[];
}

const OPERATORS: readonly string[] = ['TargetFound', 'AgentReady'] satisfies OperatorConditionType[];

export function watchedCapture(object: KubernetesObject): WatchedCapture {
  const demand = observePacketCapture(object)?.demand;
  const seconds = demand?.valid ? demand.request.limits.seconds : undefined;
  const { node, reason, startTime, conditions } = statusIn(object);
  const began = Date.parse(startTime ?? '');
  return {
    ...knownCapture(object),
    target: demand?.valid ? demand.request.target : demand?.target,
    node,
    isJob: dispatcherOf(object) === 'Job',
    timeLimit: seconds === undefined ? undefined : seconds * 1000,
    startTime: Number.isNaN(began) ? undefined : began,
    reason,
    conditions: Array.isArray(conditions) ? conditions.filter(isOperators) : [],
  };
}

function isOperators(condition: Condition): condition is Condition<OperatorConditionType> {
  return OPERATORS.includes(condition.type);
}
