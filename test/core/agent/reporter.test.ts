import { expect, it } from 'vitest';
import { Reporter } from '../../../src/core/agent/reporter.ts';
import { ClaimLostError, RequestInvalidError } from '../../../src/core/errors/index.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { ProgressSink } from '../../../src/core/progress-sink.ts';
import { ManualClock } from '../../../src/testing/index.ts';

const origin = (uid: string) => ({ uid, name: `capture-${uid}`, source: 'PacketCapture' });

it('remembers the last thousand ends, whoever had them, and no more of each than who it was', async () => {
  const sink: ProgressSink = { report: ({ uid }) => (Number(uid) % 2 === 0 ? Promise.resolve() : Promise.reject(new ClaimLostError(uid))) };
  const reporter = new Reporter({ sinks: [sink], clock: new ManualClock(), logger: silentLogger }, 'n1', () => '');
  const failure = new RequestInvalidError({ problem: 'No.', advice: 'Yes.' });
  for (let uid = 0; uid < 1_500; uid += 1) await reporter.tell(reporter.failure(origin(String(uid)), failure));
  expect(reporter.ended('499')).toBeUndefined();
  expect(reporter.ended('500')).toEqual(origin('500'));
  expect(reporter.ended('1499')).toEqual(origin('1499'));
  reporter.forget('1499');
  expect(reporter.ended('1499')).toBeUndefined();
});
