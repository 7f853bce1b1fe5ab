import type { Condition, ConditionStatus, OperatorConditionType, PacketCaptureConditionType, PacketCaptureStatus } from '../../api/v1alpha1/index.ts';
import { time } from '../../api/v1alpha1/time.ts';
import { type CaptureError, NodeLostError } from '../../core/errors/index.ts';

/** The one reason from which a failure may still become finished. */
export const NODE_LOST = new NodeLostError('').code;

/**
 * The operator's whole status of a capture whose agent is gone past the capture's deadline. What the agent has written
 * beside it stays.
 * @param cause why nothing is known of it
 * @param now milliseconds since the Unix epoch
 */
export function lostStatus(cause: CaptureError, conditions: readonly Condition<OperatorConditionType>[], now: number) {
  const message = `${cause.problem} The time of the capture is over, and its end was not reported. Should its agent come back, it tells what was captured.`;
  const at = time(now);
  const condition = (type: PacketCaptureConditionType, status: ConditionStatus) => ({ type, status, reason: NODE_LOST, message, lastTransitionTime: at });
  return {
    progress: 'failure',
    reason: NODE_LOST,
    message,
    completionTime: at,
    conditions: [...conditions, condition('Capturing', 'Unknown'), condition('Complete', 'False'), condition('Lossless', 'Unknown')],
  } as const satisfies PacketCaptureStatus;
}
