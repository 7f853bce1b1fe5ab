import { conditionsOf } from '../../src/api/v1alpha1/conditions.ts';
import type { PacketCaptureSetStatus, SetCapture } from '../../src/api/v1alpha1/index.ts';
import { Reporter } from '../../src/core/agent/reporter.ts';
import type { CaptureYield, FinishReason } from '../../src/core/capture-result.ts';
import { describeResult } from '../../src/core/engine/result-message.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { FinishedReport } from '../../src/core/progress-sink.ts';
import { type SetEndReason, setStatus } from '../../src/operator/sets/set-status.ts';
import { NodeNotReadyError } from '../../src/operator/targets/target-errors.ts';
import { lostStatus } from '../../src/operator/targets/lost-status.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';

const NOW = Date.UTC(2026, 0, 5, 10, 10);
const WHOLE: CaptureYield = {
  packets: { captured: 1204, received: 1204, dropped: 0 },
  files: [{ name: 'node-1.web-icmp.1700000000.pcap', bytes: 118_420 }],
  wrapped: false,
  gaps: [],
};
const GAP = { from: Date.UTC(2026, 0, 5, 10, 0, 12), to: Date.UTC(2026, 0, 5, 10, 0, 17), reason: 'the agent was restarted' };

/** `status.message` of captures that finished, by their reason. Where `Partial` goes on, the ending is that of what it was asked for. */
const FINISHED: Readonly<Record<FinishReason, string>> = {
  TimeLimit: describeResult('TimeLimit', WHOLE),
  PacketLimit: describeResult('PacketLimit', WHOLE),
  Stopped: describeResult('Stopped', WHOLE),
  TargetGone: describeResult('TargetGone', WHOLE, 'Pod shop/web-1 is gone: the last process in its network namespace has ended.'),
  Partial: describeResult('TimeLimit', { ...WHOLE, gaps: [GAP] }),
};

/** What is told in a status under a reason, other than the message of an error. */
export const STATUS_EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Object.entries(FINISHED).map(([reason, message]) => [reason, [message]])),
  NodeLost: [lostStatus(new NodeNotReadyError('node-1'), [], NOW).message],
  TargetMoved: [new Reporter({ sinks: [], clock: new ManualClock(), logger: silentLogger }, 'node-1').released({ source: 'PacketCapture', uid: 'a', name: 'web-icmp' }).message],
  PacketsLost: [losslessOf({ packets: { captured: 118_744, received: 120_000, dropped: 1256 } }), losslessOf({ reason: 'Partial', gaps: [GAP] })],
  RingWrapped: [losslessOf({ wrapped: true })],
  AllEnded: [setMessage('AllEnded', [capture('web-1', {})])],
  CapturesFailed: [setMessage('TimeLimit', [capture('web-1', { progress: 'failure', reason: 'DiskBudgetExceeded' })])],
};

/** The condition `Lossless` of a capture that has ended. */
function losslessOf(differs: Partial<FinishedReport>): string {
  const about = { source: 'PacketCapture', uid: 'a', name: 'web-icmp', node: 'node-1' };
  const report: FinishedReport = { ...about, ...WHOLE, progress: 'finished', reason: 'TimeLimit', message: '', startTime: NOW - 600_000, completionTime: NOW, ...differs };
  return conditionsOf(report, [], NOW).find(({ type }) => type === 'Lossless')?.message ?? '';
}

function capture(pod: string, differs: Partial<SetCapture>): SetCapture {
  return { name: 'web-3f9a1c2e77b0', pod, podUID: pod, node: 'node-1', progress: 'finished', reason: 'TimeLimit', ...differs };
}

/** `status.message` of a set that has ended. */
function setMessage(ending: SetEndReason, captures: readonly SetCapture[]): string {
  const status: PacketCaptureSetStatus = setStatus({ name: 'web', generation: 1, previous: {}, captures, children: [], ending, uncovered: [], now: NOW });
  return status.message ?? '';
}
