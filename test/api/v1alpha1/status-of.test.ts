import { describe, expect, it } from 'vitest';
import { type PacketCaptureStatus, statusOf, validatePacketCapture } from '../../../src/api/v1alpha1/index.ts';
import type { StatusReport } from '../../../src/core/progress-sink.ts';
import { finishedReport, releasedReport, runningReport, scheduledReport, START } from './reports.ts';
import { without } from './without.ts';

const NOW = Date.UTC(2026, 0, 31, 12, 0, 0, 500);
const conditionsOf = ({ conditions = [] }: PacketCaptureStatus) =>
  Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
const lossless = (report: StatusReport) => statusOf(report, undefined, NOW).conditions?.find(({ type }) => type === 'Lossless');

describe('the status of a report', () => {
  it('scheduled', () => {
    const status = statusOf(scheduledReport(), undefined, NOW);
    expect(status).toMatchObject({ progress: 'scheduled', node: 'n1', message: 'What people read.', dispatcher: 'Agent', podUID: 'pod-uid' });
    expect(conditionsOf(status)).toEqual({
      Accepted: 'True Taken',
      Capturing: 'False NotStarted',
      Complete: 'False NotStarted',
      Lossless: 'Unknown NotStarted',
    });
  });

  it('scheduled over a status that no schema kept in shape', () => {
    const previous = { conditions: 'nonsense' } as unknown as PacketCaptureStatus;
    expect(statusOf(scheduledReport(), previous, NOW)).toEqual(statusOf(scheduledReport(), undefined, NOW));
  });

  it('scheduled only to be refused', () => {
    const status = statusOf(without(scheduledReport(), 'target'), undefined, NOW);
    expect(status).not.toHaveProperty('podUID');
    expect(conditionsOf(status)).toMatchObject({ Accepted: 'False Invalid' });
  });

  it('running', () => {
    const status = statusOf(runningReport(), undefined, NOW);
    expect(status).toMatchObject({
      progress: 'running',
      interface: 'eth0',
      startTime: '2026-01-31T11:50:00Z',
      packets: { captured: 251, received: 251, dropped: 0 },
      files: [{ name: 'n1.c1.1.pcap0', bytes: 30_000 }],
      filesTotal: { count: 1, bytes: 30_000 },
      wrapped: false,
      gaps: [],
    });
    expect(status).not.toHaveProperty('completionTime');
    expect(conditionsOf(status)).toEqual({
      Accepted: 'True Taken',
      Capturing: 'True Running',
      Complete: 'False Running',
      Lossless: 'Unknown Running',
    });
  });

  it('finished', () => {
    const gap = { from: START + 1234.5678, to: START + 2000, reason: 'the agent was restarted' };
    const status = statusOf(finishedReport({ oldestPacketTime: START + 0.25, gaps: [gap], reason: 'Partial' }), undefined, NOW);
    expect(status).toMatchObject({
      progress: 'finished',
      reason: 'Partial',
      message: 'What people read.',
      completionTime: '2026-01-31T12:00:00Z',
      oldestPacketTime: '2026-01-31T11:50:00.999250Z',
      gaps: [{ from: '2026-01-31T11:50:02.233567Z', to: '2026-01-31T11:50:02.999000Z', reason: 'the agent was restarted' }],
    });
    expect(conditionsOf(status)).toEqual({
      Accepted: 'True Taken',
      Capturing: 'False Partial',
      Complete: 'True Partial',
      Lossless: 'False PacketsLost',
    });
  });

  it('failure before anything was captured', () => {
    const refused = finishedReport({ progress: 'failure', reason: 'RequestInvalid', files: [] });
    const report = without(refused, 'startTime', 'interface', 'request', 'target');
    const status = statusOf(report, undefined, NOW);
    expect(status).not.toHaveProperty('startTime');
    expect(status).not.toHaveProperty('interface');
    expect(conditionsOf(status)).toEqual({
      Accepted: 'False RequestInvalid',
      Capturing: 'False RequestInvalid',
      Complete: 'False RequestInvalid',
      Lossless: 'Unknown NotStarted',
    });
    expect(status.conditions?.find(({ type }) => type === 'Complete')?.message).toBe(report.message);
  });

  it('released: no node, no progress, but a reason', () => {
    const status = statusOf(releasedReport(), statusOf(scheduledReport(), undefined, NOW), NOW);
    expect(Object.keys(status).sort()).toEqual(['conditions', 'message', 'reason']);
    expect(conditionsOf(status)).toMatchObject({ Accepted: 'False TargetMoved', Capturing: 'False NotStarted' });
  });

  it('has room in its conditions for the beginning of a long message', () => {
    const message = 'é'.repeat(40_000);
    const { conditions = [], message: whole } = statusOf(finishedReport({ progress: 'failure', reason: 'Mine', message }), undefined, NOW);
    expect(whole).toBe(message);
    expect(conditions.find(({ type }) => type === 'Complete')?.message).toBe(`${message.slice(0, 32_767)}…`);
  });

  it('has room for the newest 50 files and tells how many there are', () => {
    const files = Array.from({ length: 120 }, (_, index) => ({ name: `f${index}`, bytes: 10 }));
    const status = statusOf(finishedReport({ files }), undefined, NOW);
    expect(status.files).toHaveLength(50);
    expect(status.files?.[0]?.name).toBe('f70');
    expect(status.files?.at(-1)?.name).toBe('f119');
    expect(status.filesTotal).toEqual({ count: 120, bytes: 1200 });
  });

  it('has room for the newest 50 gaps; the condition counts all', () => {
    const gaps = Array.from({ length: 60 }, (_, index) => ({ from: START + index * 1000, to: START + index * 1000 + 500, reason: 'r' }));
    const status = statusOf(finishedReport({ gaps }), undefined, NOW);
    expect(status.gaps).toHaveLength(50);
    expect(lossless(finishedReport({ gaps }))?.message).toBe('Nothing was captured in 60 gaps, 30.0 s in all.');
  });

  it('keeps the time of a condition that stays, and the dispatcher', () => {
    const first = { ...statusOf(scheduledReport(), undefined, NOW), dispatcher: 'Job' } as const;
    const second = statusOf(runningReport(), first, NOW + 5000);
    const times = Object.fromEntries((second.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]));
    expect(times).toEqual({
      Accepted: '2026-01-31T12:00:00Z',
      Capturing: '2026-01-31T12:00:05Z',
      Complete: '2026-01-31T12:00:00Z',
      Lossless: '2026-01-31T12:00:00Z',
    });
    expect(second.dispatcher).toBe('Job');
  });

  it.each([scheduledReport(), runningReport(), finishedReport(), releasedReport()])('is valid: $progress', (report) => {
    const spec = { targetNamespace: 'shop', targetPod: 'web-1' };
    expect(validatePacketCapture({ spec, status: statusOf(report, undefined, NOW) })).toEqual([]);
  });
});

describe('Lossless', () => {
  it.each([
    ['all captured', finishedReport(), 'True', 'All packets until the end are captured: 251.'],
    [
      'packets that came after the stop',
      finishedReport({ reason: 'Stopped', packets: { captured: 251, received: 254, dropped: 0 } }),
      'True',
      'All packets until the end are captured: 251.',
    ],
    [
      'a ring that wrapped',
      finishedReport({ wrapped: true }),
      'True',
      'All packets until the end are captured: 251. The ring has overwritten the oldest, as asked.',
    ],
    [
      'dropped packets',
      finishedReport({ packets: { captured: 251, received: 260, dropped: 9 } }),
      'False',
      'The kernel dropped 9 of 260 packets.',
    ],
    [
      'a tail that went with the device',
      finishedReport({ reason: 'TargetGone', packets: { captured: 251, received: 260, dropped: 2 } }),
      'False',
      'The kernel dropped 2 of 260 packets. 7 of 260 packets were received but not captured.',
    ],
    ['a gap', finishedReport({ gaps: [{ from: 0, to: 1500, reason: 'r' }] }), 'False', 'Nothing was captured in 1 gap, 1.5 s in all.'],
    [
      'an unknown part',
      finishedReport({ reason: 'Partial' }),
      'False',
      'Part of the packets is missing: see the message of the status.',
    ],
    [
      'packets that were not written',
      finishedReport({ progress: 'failure', reason: 'PacketsNotWritten' }),
      'False',
      'Part of the packets is missing: see the message of the status.',
    ],
    ['a failure', finishedReport({ progress: 'failure', reason: 'DiskFilled' }), 'Unknown', 'The capture failed, so its counters may not tell everything.'],
    ['drops while it runs', runningReport({ packets: { captured: 5, received: 9, dropped: 1 } }), 'False', 'The kernel dropped 1 of 9 packets.'],
    [
      'packets on their way while it runs',
      runningReport({ packets: { captured: 5, received: 9, dropped: 0 } }),
      'Unknown',
      'Nothing was lost so far; the end will tell.',
    ],
  ])('with %s', (_, report, status, message) => {
    expect(lossless(report)).toMatchObject({ status, message });
  });
});
