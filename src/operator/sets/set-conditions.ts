import type { Condition, ConditionStatus, PacketCaptureSetConditionType, PacketCaptureSetStatus } from '../../api/v1alpha1/index.ts';
import { time } from '../../api/v1alpha1/time.ts';

export type SetCondition = Condition<PacketCaptureSetConditionType>;

export interface Verdict {
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}

type Conditioned = Pick<PacketCaptureSetStatus, 'conditions'>;

export const yes = (reason: string, message: string): Verdict => ({ status: 'True', reason, message });
export const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });
export const unknown = (reason: string, message: string): Verdict => ({ status: 'Unknown', reason, message });

export type SetVerdicts = { readonly [Type in PacketCaptureSetConditionType]: Verdict };

/** @param now milliseconds since the Unix epoch */
export function setConditions(verdicts: SetVerdicts, { conditions }: Conditioned, now: number): readonly SetCondition[] {
  return Object.entries(verdicts).map(([key, verdict]) => {
    const type = key as PacketCaptureSetConditionType;
    const before = conditions?.find((condition) => condition.type === type);
    return { type, ...verdict, lastTransitionTime: before?.status === verdict.status ? before.lastTransitionTime : time(now) };
  });
}

/** What a condition was so far; before the first time, that it is not known. */
export function verdictSoFar({ conditions }: Conditioned, type: PacketCaptureSetConditionType, otherwise: Verdict): Verdict {
  const before = conditions?.find((condition) => condition.type === type);
  return before ? { status: before.status, reason: before.reason, message: before.message } : otherwise;
}
