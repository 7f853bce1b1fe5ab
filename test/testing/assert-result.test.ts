import { AssertionError } from 'node:assert';
import { expect, it } from 'vitest';
import { assertComplete, assertFailed, assertFinished, captureResult } from '../../src/testing/index.ts';

const failed = captureResult({ progress: 'failure', reason: 'DiskFilled', message: 'Full.' });

it('holds a result to how it is to have ended, and tells how it did', () => {
  assertFinished(captureResult());
  assertFinished(captureResult({ reason: 'TimeLimit' }), 'TimeLimit');
  expect(() => assertFinished(failed)).toThrow('Expected the capture to be finished; it is failure (DiskFilled): Full.');
  expect(() => assertFinished(captureResult(), 'TimeLimit')).toThrow('to be finished as TimeLimit; it is finished (Stopped)');
  assertFailed(failed);
  assertFailed(failed, 'DiskFilled');
  expect(() => assertFailed(failed, 'PodNotFound')).toThrow('to have failed with PodNotFound; it is failure (DiskFilled)');
  expect(() => assertFailed(captureResult())).toThrow(AssertionError);
});

it('holds a result to be complete', () => {
  assertComplete(captureResult());
  for (const lacking of [{ wrapped: true }, { gaps: [{ from: 0, to: 1, reason: 'r' }] }, { packets: { captured: 1, received: 2, dropped: 1 } }]) {
    expect(() => assertComplete(captureResult(lacking))).toThrow('to hold every packet');
  }
});
