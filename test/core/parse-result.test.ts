import { expect, it } from 'vitest';
import type { CaptureResult, FinishReason } from '../../src/core/capture-result.ts';
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

it('reads a failure with any code, which none that is finished has', () => {
  const failed = captureResult({ progress: 'failure', reason: 'DiskFilled' });
  expect(reasonOf(parseResult(failed, 'result'))).toBe('code DiskFilled');
  expect(() => parseResult({ ...failed, progress: 'finished' }, 'result')).toThrow('result.reason: expected TimeLimit or ');
});
