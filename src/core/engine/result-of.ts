import { elapsedBetween, type Instant } from '../capture-manifest.ts';
import type { CaptureRequest } from '../capture-request.ts';
import type { CaptureGap, CaptureResult, CaptureYield } from '../capture-result.ts';
import type { Failure, Finish } from './capture-ending.ts';
import type { CaptureRecord } from './capture-record.ts';
import { gapAfter } from './gap-after.ts';
import { describeResult, describeYield } from './result-message.ts';

type Recorded = Pick<CaptureRecord, 'startTime' | 'device' | 'captured'>;

/** Good endings before which every moment was to be captured, as before a failure. One by the target counts from when it took the last segment with it. */
const SERVED_UNTIL_ASKED: ReadonlySet<Finish['reason']> = new Set(['TimeLimit', 'Stopped', 'TargetGone']);

/** When a capture ended. */
export interface Completion {
  /** As it is told; milliseconds since the Unix epoch. */
  readonly at: number;
  /** Until then every moment was to be captured. */
  readonly due: Instant;
}

/** The truth about a capture that has ended. */
export function resultOf(
  ending: Finish | Failure,
  request: CaptureRequest,
  recorded: Recorded,
  held: CaptureYield,
  completion: Completion,
): CaptureResult {
  const { startTime, device } = recorded;
  const missed = ending.kind === 'fail' || SERVED_UNTIL_ASKED.has(ending.reason) ? missedAtTheEnd(request, recorded, completion.due) : [];
  const yielded: CaptureYield = { ...held, gaps: [...held.gaps, ...missed] };
  const common = {
    ...yielded,
    completionTime: completion.at,
    ...(startTime !== undefined && { startTime }),
    ...(device !== undefined && { interface: device }),
  };
  if (ending.kind === 'fail') {
    const sentences = [ending.error.message, ...(startTime === undefined ? [] : describeYield(yielded)), ...(ending.lacking === undefined ? [] : [ending.lacking])];
    return { ...common, progress: 'failure', reason: ending.error.code, message: sentences.join(' ') };
  }
  const whole = yielded.gaps.length === 0 && ending.lacking === undefined;
  const message = [describeResult(ending.reason, yielded, ending.because), ending.lacking].filter((part) => part !== undefined).join(' ');
  return { ...common, progress: 'finished', reason: whole ? ending.reason : 'Partial', endedBy: ending.reason, message };
}

/** The time between the last segment and the end, when that came while nobody captured. */
function missedAtTheEnd({ limits: { seconds = Infinity } }: CaptureRequest, { captured }: Recorded, due: Instant): CaptureGap[] {
  const [first] = captured;
  const last = captured.at(-1);
  const gap = last && gapAfter(last, due);
  if (first === undefined || gap === undefined) return [];
  const pastTheLimit = Math.max(0, elapsedBetween(first.started, due) - seconds * 1000);
  const to = gap.to - pastTheLimit;
  return to > gap.from ? [{ ...gap, to }] : [];
}
