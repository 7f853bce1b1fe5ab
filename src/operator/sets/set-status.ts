import type { PacketCaptureSetStatus, SetCapture } from '../../api/v1alpha1/index.ts';
import type { CaptureError } from '../../core/errors/index.ts';
import type { KnownChild } from './known-child.ts';
import { totalOf } from './set-captures.ts';
import { sumStatus } from './sum-status.ts';
import type { TargetFinding } from './target-watch.ts';

/** Why a set makes no more captures. */
export type SetEndReason =
  | 'Stopped'
  | 'TimeLimit'
  /** As many Pods as it may capture were captured. */
  | 'AllEnded';

/** All that a set's status is made from. */
export interface SetView {
  readonly name: string;
  readonly generation: number;
  readonly previous: PacketCaptureSetStatus;
  readonly captures: readonly SetCapture[];
  readonly children: readonly KnownChild[];
  /** Why it ends once its captures have; absent: more may come. */
  readonly ending?: SetEndReason;
  /** Absent: nobody looks for Pods any more. */
  readonly target?: TargetFinding | CaptureError;
  /** Why Pods that run are not captured. */
  readonly uncovered: readonly CaptureError[];
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

const ENDINGS: { readonly [Reason in SetEndReason]: string } = {
  Stopped: 'It was stopped.',
  TimeLimit: 'Its time is over.',
  AllEnded: 'As many Pods as maxPods allows were captured, and all captures have ended.',
};

/** The whole status of a valid set. */
export function setStatus(view: SetView): PacketCaptureSetStatus {
  const { captures, children: yields, ending } = view;
  const words = {
    ending: (hasEnded: boolean) => ending && (hasEnded || ending !== 'AllEnded' ? ENDINGS[ending] : 'As many Pods as maxPods allows are captured.'),
    valid: 'The set is valid.',
    tellsWhy: 'kubectl describe',
  };
  return { ...sumStatus({ ...view, yields, words }), captures, capturesTotal: totalOf(captures) };
}

/** What is worth a write at once: everything but counters, files and words. */
export function milestonesOf({ progress, reason, captures, conditions }: PacketCaptureSetStatus): unknown {
  return {
    progress,
    reason,
    captures: captures?.map((capture) => [capture.name, capture.node, capture.progress, capture.reason]),
    conditions: conditions?.map((condition) => [condition.type, condition.status, condition.reason]),
  };
}
