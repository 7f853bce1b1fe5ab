import assert from 'node:assert/strict';
import type { CaptureResult, FailedResult, FinishedResult, FinishReason } from '../core/capture-result.ts';
import { ENDED_BY, NO_PACKETS } from '../core/capture-result.ts';

/** The capture ended as asked, and for that reason if one is given. @throws AssertionError that tells the whole result */
export function assertFinished(result: CaptureResult, reason?: FinishReason): void {
  hold(result, result.progress === 'finished' && (reason === undefined || result.reason === reason), `to be finished${reason === undefined ? '' : ` as ${reason}`}`);
}

/** The capture failed, with that code if one is given. @throws AssertionError that tells the whole result */
export function assertFailed(result: CaptureResult, code?: string): void {
  hold(result, result.progress === 'failure' && (code === undefined || result.reason === code), `to have failed${code === undefined ? '' : ` with ${code}`}`);
}

/** The files hold every packet of the whole time: nothing dropped, overwritten or interrupted. @throws AssertionError that tells the whole result */
export function assertComplete(result: CaptureResult): void {
  const { gaps, wrapped, packets } = result;
  hold(result, gaps.length === 0 && !wrapped && packets.dropped === 0, 'to hold every packet, without gaps, drops and overwritten files');
}

/** What is special about a result: of one that is finished anything, of one that failed at least its `progress` and `reason`. */
export type ResultChanges = Partial<FinishedResult> | (Partial<FailedResult> & Pick<FailedResult, 'progress' | 'reason'>);

/** A result, for who is only told of one. What is not given is that of a capture that was stopped and saw nothing; a failure has a reason of its own. */
export function captureResult(given: ResultChanges = {}): CaptureResult {
  const endedBy = given.progress === 'failure' ? undefined : ENDED_BY.find((each) => each === (given.reason ?? 'Stopped'));
  return {
    progress: 'finished',
    reason: 'Stopped',
    message: 'Stopped.',
    packets: NO_PACKETS,
    files: [],
    wrapped: false,
    gaps: [],
    completionTime: Date.UTC(2026, 0, 1),
    ...(endedBy && { endedBy }),
    ...given,
  };
}

function hold(result: CaptureResult, holds: boolean, expected: string): void {
  if (holds) return;
  const message = `Expected the capture ${expected}; it is ${result.progress} (${result.reason}): ${result.message}\n${JSON.stringify(result, undefined, 2)}`;
  throw new assert.AssertionError({ message, actual: result, operator: 'capture result' });
}
