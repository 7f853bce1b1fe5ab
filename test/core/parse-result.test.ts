import { expect, it } from 'vitest';
import type { CaptureResult, FinishedResult, FinishReason } from '../../src/core/capture-result.ts';
import { parseResult } from '../../src/core/parse-result.ts';
import { captureResult } from '../../src/testing/index.ts';

/** The compiler sees that none is missing here. */
const EVERY: Readonly<Record<FinishReason, true>> = { TimeLimit: true, PacketLimit: true, Stopped: true, TargetGone: true, Partial: true };

/** Compiles only as long as `progress` tells which reasons there can be. */
function reasonOf(result: CaptureResult): FinishReason | `code ${string}` {
  return result.progress === 'finished' ? result.reason : `code ${result.reason}`;
}

it.each(Object.keys(EVERY) as FinishReason[])('reads a capture that is finished as %s', (reason) => {
  const result = captureResult({ reason });
  expect(reasonOf(parseResult(JSON.parse(JSON.stringify(result)), 'result'))).toBe(reason);
});

it('reads what ended a capture, and of an earlier version that it does not say', () => {
  const read = (result: object) => parseResult(JSON.parse(JSON.stringify(result)), 'result');
  const partial = captureResult({ reason: 'Partial', endedBy: 'PacketLimit' });
  expect(read(partial)).toEqual(partial);
  const { endedBy, ...earlier } = captureResult({ reason: 'TimeLimit' }) as FinishedResult;
  expect(endedBy).toBe('TimeLimit');
  expect(read(earlier)).toEqual(earlier);
  expect(() => read({ ...partial, endedBy: 'Partial' })).toThrow('result.endedBy: expected TimeLimit or ');
});

it('reads a failure with any code, which none that is finished has', () => {
  const failed = captureResult({ progress: 'failure', reason: 'DiskFilled' });
  expect(reasonOf(parseResult(failed, 'result'))).toBe('code DiskFilled');
  expect(() => parseResult({ ...failed, progress: 'finished' }, 'result')).toThrow('result.reason: expected TimeLimit or ');
});
