import type { CaptureRequest } from '../../../src/core/capture-request.ts';
import type { ClaimedPod } from '../../../src/core/capture-target.ts';
import type { EndReport, FailedReport, FinishedReport, ReleasedReport, RunningReport, ScheduledReport } from '../../../src/core/progress-sink.ts';

const base = { source: 'PacketCapture', uid: 'u1', name: 'c1', node: 'n1', message: 'What people read.' } as const;

export const target: ClaimedPod = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'pod-uid', cgroupUid: 'pod-uid', hostNetwork: false };

export const request: CaptureRequest = {
  uid: 'u1',
  name: 'c1',
  target: { kind: 'pod', namespace: 'shop', name: 'web-1' },
  limits: { seconds: 600, maxFileSize: 100_000_000, fileCount: 10, snapLength: 262_144 },
};

export const START = Date.UTC(2026, 0, 31, 11, 50, 0, 999);

const yielded = {
  packets: { captured: 251, received: 251, dropped: 0 },
  files: [{ name: 'n1.c1.1.pcap0', bytes: 30_000 }],
  wrapped: false,
  gaps: [],
} as const;

export function scheduledReport(change: Partial<ScheduledReport> = {}): ScheduledReport {
  return { ...base, progress: 'scheduled', target, ...change };
}

export function runningReport(change: Partial<RunningReport> = {}): RunningReport {
  return { ...base, ...yielded, progress: 'running', request, target, interface: 'eth0', startTime: START, ...change };
}

export function finishedReport(change: Partial<FinishedReport> | (Partial<FailedReport> & Pick<FailedReport, 'progress' | 'reason'>) = {}): EndReport {
  return {
    ...base,
    ...yielded,
    progress: 'finished',
    reason: 'TimeLimit',
    request,
    target,
    interface: 'eth0',
    startTime: START,
    completionTime: START + 600_000,
    ...change,
  };
}

export function releasedReport(): ReleasedReport {
  return { ...base, progress: 'released', reason: 'TargetMoved' };
}
