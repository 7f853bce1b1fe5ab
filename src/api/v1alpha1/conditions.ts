import type { CaptureYield } from '../../core/capture-result.ts';
import type { EndReport, ProgressReport, RunningReport, ScheduledReport } from '../../core/progress-sink.ts';
import type { Condition, ConditionStatus, PacketCaptureConditionType } from './condition.ts';
import { time } from './time.ts';

interface Verdict {
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}

type Verdicts = { readonly [Type in PacketCaptureConditionType]: Verdict };

/**
 * Accepted, Capturing, Complete and Lossless, as a report has them.
 * @param previous the conditions so far: where a status stays the same, so does its time
 * @param now milliseconds since the Unix epoch
 */
export function conditionsOf(
  report: ProgressReport,
  previous: readonly Condition<PacketCaptureConditionType>[],
  now: number,
): readonly Condition<PacketCaptureConditionType>[] {
  return Object.entries(verdictsOf(report)).map(([key, verdict]) => {
    const type = key as PacketCaptureConditionType;
    const before = previous.find((condition) => condition.type === type);
    return { type, ...verdict, lastTransitionTime: before?.status === verdict.status ? before.lastTransitionTime : time(now) };
  });
}

function verdictsOf(report: ProgressReport): Verdicts {
  switch (report.progress) {
    case 'released':
      return notYet(report, { status: 'False', reason: report.reason, message: report.message });
    case 'scheduled':
      return notYet(report, accepted(report));
    case 'running':
      return {
        Accepted: accepted(report),
        Capturing: { status: 'True', reason: 'Running', message: `tcpdump is capturing on ${report.interface}.` },
        Complete: { status: 'False', reason: 'Running', message: 'The capture is running.' },
        Lossless: losslessSoFar(report),
      };
    case 'finished':
    case 'failure':
      return {
        Accepted: report.request === undefined ? { status: 'False', ...why(report) } : accepted(report),
        Capturing: { status: 'False', ...why(report) },
        Complete: { status: report.progress === 'finished' ? 'True' : 'False', ...why(report) },
        Lossless: losslessAtTheEnd(report),
      };
  }
}

/** Of a request that nobody captures yet. */
function notYet({ message }: ProgressReport, Accepted: Verdict): Verdicts {
  const reason = 'NotStarted';
  return {
    Accepted,
    Capturing: { status: 'False', reason, message },
    Complete: { status: 'False', reason, message },
    Lossless: { status: 'Unknown', reason, message: 'Nothing was captured yet.' },
  };
}

/** An invalid request is taken too, without a target, but only to say so. */
function accepted(report: ScheduledReport | RunningReport | EndReport): Verdict {
  return report.progress === 'scheduled' && report.target === undefined
    ? { status: 'False', reason: 'Invalid', message: report.message }
    : { status: 'True', reason: 'Taken', message: `Node ${report.node} has taken it.` };
}

/** The status' own message may be long, and stands beside. */
function why({ progress, reason, message }: EndReport): Omit<Verdict, 'status'> {
  return { reason, message: progress === 'failure' ? message : `The capture has ended (${reason}).` };
}

/** What is lost stays lost; that nothing was lost is known at the end only. */
function losslessSoFar(report: RunningReport): Verdict {
  const { dropped } = report.packets;
  const losses = describeLosses({ ...report, packets: { captured: 0, received: dropped, dropped } });
  return losses.length > 0
    ? lost(losses)
    : { status: 'Unknown', reason: 'Running', message: 'Nothing was lost so far; the end will tell.' };
}

function losslessAtTheEnd(report: EndReport): Verdict {
  if (report.startTime === undefined) return { status: 'Unknown', reason: 'NotStarted', message: 'Nothing was captured.' };
  const { packets } = report;
  // At its packet limit tcpdump leaves what the kernel has received beyond it, as asked.
  const counted = report.reason === 'PacketLimit' ? { ...packets, received: packets.captured + packets.dropped } : packets;
  const losses = describeLosses({ ...report, packets: counted });
  if (losses.length > 0) return lost(losses);
  if (report.reason === 'Partial' || report.reason === 'PacketsNotWritten') return { status: 'False', reason: report.reason, message: report.message };
  if (report.progress === 'failure') {
    return { status: 'Unknown', reason: report.reason, message: 'The capture failed, so its counters may not tell everything.' };
  }
  const numbers = `All ${packets.captured} packets that were received are captured.`;
  return report.wrapped
    ? { status: 'True', reason: 'RingWrapped', message: `${numbers} The ring has overwritten the oldest, as asked.` }
    : { status: 'True', reason: 'NothingLost', message: numbers };
}

function lost(losses: readonly string[]): Verdict {
  return { status: 'False', reason: 'PacketsLost', message: losses.join(' ') };
}

function describeLosses({ packets, gaps }: Pick<CaptureYield, 'packets' | 'gaps'>): readonly string[] {
  const { captured, received, dropped } = packets;
  const unread = received - captured - dropped;
  const missedSeconds = gaps.reduce((sum, { from, to }) => sum + (to - from), 0) / 1000;
  return [
    ...(dropped > 0 ? [`The kernel dropped ${dropped} of ${received} packets.`] : []),
    ...(unread > 0 ? [`${unread} of ${received} packets were received but not captured.`] : []),
    ...(gaps.length > 0 ? [`Nothing was captured in ${gaps.length} gaps of ${missedSeconds.toFixed(1)} s together.`] : []),
  ];
}
