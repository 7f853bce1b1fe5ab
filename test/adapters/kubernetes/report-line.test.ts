import { expect, it } from 'vitest';
import { ReportLine } from '../../../src/adapters/kubernetes/report-line.ts';
import type { ScheduledReport } from '../../../src/core/progress-sink.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

const report: ScheduledReport = { source: 'PacketCapture', uid: 'u1', name: 'c1', node: 'n1', progress: 'scheduled', message: '' };

it('is idle once nothing is on its way and the next report need not wait', async () => {
  const clock = new ManualClock();
  const written: ScheduledReport[] = [];
  let answer: () => void = () => undefined;
  const line = new ReportLine(clock, 2_000, (next) => {
    written.push(next as ScheduledReport);
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  const sent = line.send(report);
  await clock.advance(10_000);
  expect(line.isIdle).toBe(false);
  answer();
  await sent;
  expect(line.isIdle).toBe(false);

  // Taken over at once, and written when the while is over.
  await line.send({ ...report, message: 'again' });
  await clock.advance(2_000);
  expect(written).toHaveLength(2);
  expect(line.isIdle).toBe(false);
  answer();
  await clock.advance(2_000);
  expect(line.isIdle).toBe(true);
});
