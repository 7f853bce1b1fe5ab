import type { CaptureYield } from '../../core/capture-result.ts';
import type { ClaimedTarget } from '../../core/capture-target.ts';
import type { StatusReport } from '../../core/progress-sink.ts';
import { conditionsOf } from './conditions.ts';
import { MAX_STATUS_FILES, MAX_STATUS_GAPS, type PacketCaptureStatus } from './packet-capture-status.ts';
import { microTime, time } from './time.ts';

/**
 * The whole status that a report amounts to. A release has neither `node` nor `progress`, but a `reason`.
 * @param previous the status so far: conditions that stay keep their time, and the dispatcher stays (default: `Agent`)
 * @param now milliseconds since the Unix epoch
 */
export function statusOf(report: StatusReport, previous: PacketCaptureStatus | undefined, now: number): PacketCaptureStatus {
  // An API server without our CRD's schema lets anything be written there.
  const before = Array.isArray(previous?.conditions) ? previous.conditions : [];
  const conditions = conditionsOf(report, before, now);
  const { node, message } = report;
  if (report.progress === 'released') return { reason: report.reason, message, conditions };
  const taken = { progress: report.progress, node, message, dispatcher: previous?.dispatcher ?? 'Agent', ...podOf(report.target), conditions } as const;
  switch (report.progress) {
    case 'scheduled':
      return taken;
    case 'running':
      return { ...taken, interface: report.interface, startTime: time(report.startTime), ...yieldOf(report) };
    case 'finished':
    case 'failure':
      return {
        ...taken,
        reason: report.reason,
        ...(report.interface === undefined ? {} : { interface: report.interface }),
        ...(report.startTime === undefined ? {} : { startTime: time(report.startTime) }),
        completionTime: time(report.completionTime),
        ...yieldOf(report),
      };
  }
}

function podOf(target: ClaimedTarget | undefined): Pick<PacketCaptureStatus, 'podUID'> {
  return target?.kind === 'pod' ? { podUID: target.uid } : {};
}

function yieldOf({ packets, files, wrapped, oldestPacketTime, gaps }: CaptureYield): Partial<PacketCaptureStatus> {
  const { captured, received, dropped } = packets;
  return {
    packets: { captured, received, dropped },
    files: files.slice(-MAX_STATUS_FILES).map(({ name, bytes }) => ({ name, bytes })),
    filesTotal: { count: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0) },
    wrapped,
    ...(oldestPacketTime === undefined ? {} : { oldestPacketTime: microTime(oldestPacketTime) }),
    gaps: gaps.slice(-MAX_STATUS_GAPS).map(({ from, to, reason }) => ({ from: microTime(from), to: microTime(to), reason })),
  };
}
