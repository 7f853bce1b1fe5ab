import type { CaptureRequest } from '../capture-request.ts';
import type { CaptureGap, CaptureResult, CaptureYield } from '../capture-result.ts';
import type { Failure, Finish } from './capture-ending.ts';
import type { CaptureRecord } from './capture-record.ts';
import { describeResult, describeYield } from './result-message.ts';

type Recorded = Pick<CaptureRecord, 'startTime' | 'device' | 'captured'>;

/** Endings before which every moment was to be captured. One by the target counts from when it took the last segment with it. */
const SERVED_UNTIL_ASKED: ReadonlySet<Finish['reason']> = new Set(['TimeLimit', 'Stopped', 'TargetGone']);

/** The truth about a capture that has ended. */
export function resultOf(
  ending: Finish | Failure,
  request: CaptureRequest,
  recorded: Recorded,
  held: CaptureYield,
  completionTime: number,
): CaptureResult {
  const { startTime, device } = recorded;
  const missed = ending.kind === 'finish' && SERVED_UNTIL_ASKED.has(ending.reason) ? missedAtTheEnd(request, recorded, completionTime) : [];
  const yielded: CaptureYield = { ...held, gaps: [...held.gaps, ...missed] };
  const common = {
    ...yielded,
    completionTime,
    ...(startTime !== undefined && { startTime }),
    ...(device !== undefined && { interface: device }),
  };
  if (ending.kind === 'fail') {
    const sentences = [ending.error.message, ...(startTime === undefined ? [] : describeYield(yielded)), ...(ending.lacking === undefined ? [] : [ending.lacking])];
    return { ...common, progress: 'failure', reason: ending.error.code, message: sentences.join(' ') };
  }
  const whole = yielded.gaps.length === 0 && ending.lacking === undefined;
  const message = [describeResult(ending.reason, yielded), ending.lacking].filter((part) => part !== undefined).join(' ');
  return { ...common, progress: 'finished', reason: whole ? ending.reason : 'Partial', message };
}

/** The time between the last segment and the end, when that came while nobody captured. */
function missedAtTheEnd(request: CaptureRequest, { startTime, captured }: Recorded, completionTime: number): CaptureGap[] {
  const last = captured.at(-1)?.end;
  const { seconds = Infinity } = request.limits;
  if (startTime === undefined || last === undefined) return [];
  const to = Math.min(startTime + seconds * 1000, completionTime);
  return to > last.at ? [{ from: last.at, to, reason: last.interruption }] : [];
}
