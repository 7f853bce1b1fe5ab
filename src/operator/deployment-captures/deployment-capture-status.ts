import type { DeploymentCaptureStatus, PodCapture } from '../../api/openshift/index.ts';
import type { CaptureError } from '../../core/errors/index.ts';
import { totalOf } from '../sets/set-captures.ts';
import { sumStatus } from '../sets/sum-status.ts';
import type { TargetFinding } from '../sets/target-watch.ts';

/** Why no further Jobs are made. */
export type DeploymentCaptureEndReason =
  /** The first Jobs have had their time. */
  | 'TimeLimit'
  /** Every Pod that the Deployment is to have was captured, and all Jobs have ended. */
  | 'AllEnded';

/** All that its status is made from. */
export interface DeploymentCaptureView {
  readonly generation: number;
  readonly previous: DeploymentCaptureStatus;
  readonly pods: readonly PodCapture[];
  /** Absent: more may come. */
  readonly ending: DeploymentCaptureEndReason | undefined;
  /** Absent: nobody looks for Pods any more. */
  readonly target: TargetFinding | CaptureError | undefined;
  /** Why Pods that run are not captured. */
  readonly uncovered: readonly CaptureError[];
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

const ENDINGS: { readonly [Reason in DeploymentCaptureEndReason]: string } = {
  TimeLimit: 'Its time is over.',
  AllEnded: 'All its Jobs have ended.',
};

/** The whole status of a valid resource. */
export function deploymentCaptureStatus(view: DeploymentCaptureView): DeploymentCaptureStatus {
  const { pods, ending } = view;
  const words = { ending: () => ending && ENDINGS[ending], valid: 'The PacketCapture is valid.', tellsWhy: 'status.pods' };
  return { ...sumStatus({ ...view, captures: pods, yields: pods, words }), pods, podsTotal: totalOf(pods) };
}

/** What is worth a write at once: everything but counters, files and words. */
export function milestonesOf({ progress, reason, pods, conditions }: DeploymentCaptureStatus): unknown {
  return {
    progress,
    reason,
    pods: pods?.map((pod) => [pod.job, pod.progress, pod.reason]),
    conditions: conditions?.map((condition) => [condition.type, condition.status, condition.reason]),
  };
}
