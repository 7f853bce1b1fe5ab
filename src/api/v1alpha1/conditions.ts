import type { CaptureGap, PacketCounters } from '../../core/capture-result.ts';
import type { EndReport, RunningReport, ScheduledReport, StatusReport } from '../../core/progress-sink.ts';
import { type Condition, CONDITION_MESSAGE_LENGTH, type ConditionStatus, type PacketCaptureConditionType } from './condition.ts';
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
  report: StatusReport,
  previous: readonly Condition[],
  now: number,
): readonly Condition<PacketCaptureConditionType>[] {
  return Object.entries(verdictsOf(report)).map(([key, verdict]) => {
    const type = key as PacketCaptureConditionType;
    const before = previous.find((condition) => condition.type === type);
    return { type, ...verdict, message: cut(verdict.message), lastTransitionTime: before?.status === verdict.status ? before.lastTransitionTime : time(now) };
  });
}

/** A longer one would be refused, and the status with it. The message of the status is whole. */
function cut(message: string): string {
  return message.length > CONDITION_MESSAGE_LENGTH ? `${message.slice(0, CONDITION_MESSAGE_LENGTH - 1)}…` : message;
}

function verdictsOf(report: StatusReport): Verdicts {
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
        Accepted: report.request === undefined ? { status: 'False', reason: report.reason, message: report.message } : accepted(report),
        Capturing: { status: 'False', ...ended(report) },
        Complete: complete(report),
        Lossless: losslessAtTheEnd(report),
      };
  }
}

/** Of a request that nobody captures yet. */
function notYet({ message }: StatusReport, Accepted: Verdict): Verdicts {
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

function ended({ reason }: EndReport): Omit<Verdict, 'status'> {
  return { reason, message: `The capture has ended (${reason}).` };
}

function complete(report: EndReport): Verdict {
  return report.progress === 'finished'
    ? { status: 'True', ...ended(report) }
    : { status: 'False', reason: report.reason, message: report.message };
}

/** What is lost stays lost; that nothing was lost is known at the end only. */
function losslessSoFar({ packets, gaps }: RunningReport): Verdict {
  return lost([...dropped(packets), ...missed(gaps)]) ?? { status: 'Unknown', reason: 'Running', message: 'Nothing was lost so far; the end will tell.' };
}

function losslessAtTheEnd(report: EndReport): Verdict {
  const { packets, gaps, reason, startTime } = report;
  if (startTime === undefined) return { status: 'Unknown', reason: 'NotStarted', message: 'Nothing was captured.' };
  const losses = lost([...dropped(packets), ...(reason === 'TargetGone' ? unread(packets) : []), ...missed(gaps)]);
  if (losses) return losses;
  if (reason === 'Partial' || reason === 'PacketsNotWritten') {
    return { status: 'False', reason, message: 'Part of the packets is missing: see the message of the status.' };
  }
  if (report.progress === 'failure') {
    return { status: 'Unknown', reason, message: 'The capture failed, so its counters may not tell everything.' };
  }
  const numbers = `All packets until the end are captured: ${packets.captured}.`;
  return report.wrapped
    ? { status: 'True', reason: 'RingWrapped', message: `${numbers} The ring has overwritten the oldest, as asked.` }
    : { status: 'True', reason: 'NothingLost', message: numbers };
}

function lost(losses: readonly string[]): Verdict | undefined {
  return losses.length === 0 ? undefined : { status: 'False', reason: 'PacketsLost', message: losses.join(' ') };
}

function dropped({ received, dropped }: PacketCounters): readonly string[] {
  return dropped > 0 ? [`The kernel dropped ${dropped} of ${received} packets.`] : [];
}

/**
 * What the kernel had for tcpdump when the device went away. After a stop, a time limit or a packet limit it is no loss: these
 * packets came later, for a stop waits until everything before it is out.
 */
function unread({ captured, received, dropped }: PacketCounters): readonly string[] {
  const count = received - captured - dropped;
  return count > 0 ? [`${count} of ${received} packets were received but not captured.`] : [];
}

function missed(gaps: readonly CaptureGap[]): readonly string[] {
  const seconds = gaps.reduce((sum, { from, to }) => sum + (to - from), 0) / 1000;
  return gaps.length > 0 ? [`Nothing was captured in ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}, ${seconds.toFixed(1)} s in all.`] : [];
}
