import type { Condition, OperatorConditionType } from '../../api/v1alpha1/index.ts';
import { time } from '../../api/v1alpha1/time.ts';
import { CaptureError } from '../../core/errors/index.ts';

/** What is said of one condition: well, or what is wrong. */
export type Finding = string | CaptureError;
export type Findings = { readonly [Type in OperatorConditionType]?: Finding | undefined };

const TYPES = ['TargetFound', 'AgentReady'] as const satisfies OperatorConditionType[];

/** All conditions of the operator: as they were, except where something else was found. */
export function operatorConditions(
  recorded: readonly Condition<OperatorConditionType>[],
  findings: Findings,
  now: number,
): readonly Condition<OperatorConditionType>[] {
  return TYPES.flatMap((type) => {
    const before = recorded.find((condition) => condition.type === type);
    const finding = findings[type];
    if (finding === undefined) return before ?? [];
    const isWrong = CaptureError.is(finding);
    if (!isWrong && before?.status !== 'False') return before ?? [];
    const reason = isWrong ? finding.code : type === 'TargetFound' ? 'Found' : 'Ready';
    const message = isWrong ? finding.message : finding;
    const isSame = before?.status === (isWrong ? 'False' : 'True');
    return { type, status: isWrong ? 'False' : 'True', reason, message, lastTransitionTime: isSame ? before.lastTransitionTime : time(now) };
  });
}
