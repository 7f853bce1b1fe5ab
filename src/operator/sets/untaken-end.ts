import type { ConditionStatus, PacketCaptureConditionType, PacketCaptureStatus } from '../../api/v1alpha1/index.ts';
import { time } from '../../api/v1alpha1/time.ts';
import type { TerminalProgress } from '../../core/capture-progress.ts';

/**
 * The whole status of a capture that the operator ends because no agent has it.
 * @param now milliseconds since the Unix epoch
 */
export function untakenEnd({ progress, reason, message }: { progress: TerminalProgress; reason: string; message: string }, now: number): PacketCaptureStatus {
  const at = time(now);
  const condition = (type: PacketCaptureConditionType, status: ConditionStatus) => ({ type, status, reason, message, lastTransitionTime: at });
  return {
    progress,
    reason,
    message,
    completionTime: at,
    conditions: [
      condition('Accepted', 'False'),
      condition('Capturing', 'False'),
      condition('Complete', progress === 'finished' ? 'True' : 'False'),
      condition('Lossless', 'Unknown'),
    ],
  };
}
