import { podOfRequest } from '../../api/annotations/index.ts';
import type { ProgressReport } from '../../core/progress-sink.ts';
import type { EventContent, EventSubject } from './event-post.ts';
import type { NodePods } from './node-pods.ts';
import { POD_ANNOTATION } from './pod-annotation-source.ts';

/** Events of the Pods that ask for captures by annotations; of what was removed with its Pod there is none. */
export function aboutAnnotatedPod(pods: Pick<NodePods, 'find'>): (report: ProgressReport) => EventSubject | undefined {
  return (report) => {
    if (report.source !== POD_ANNOTATION) return undefined;
    const pod = podOfRequest(report);
    if (report.progress === 'removed' && pods.find(pod.namespace, pod.name)?.uid !== pod.uid) return undefined;
    return { apiVersion: 'v1', kind: 'Pod', ...pod };
  };
}

/** Not those of Kubernetes itself: `Scheduled` and `Failed` are. */
const WORDS = {
  scheduled: { reason: 'CaptureScheduled', action: 'Claim' },
  running: { reason: 'CaptureRunning', action: 'Capture' },
  finished: { reason: 'CaptureFinished', action: 'End' },
  failure: { reason: 'CaptureFailure', action: 'End' },
  released: { reason: 'CaptureReleased', action: 'Release' },
  removed: { reason: 'CaptureRemoved', action: 'Remove' },
} as const satisfies Record<ProgressReport['progress'], { reason: string; action: string }>;

/**
 * What an Event of a Pod tells of a change of progress.
 * @param round how often the capture was given back, removed or tried before it
 * @param now of a change that comes but once; milliseconds since the Unix epoch
 */
export function podEvent(report: ProgressReport, about: EventSubject, round: number, now: number): EventContent {
  const { progress, node, uid, message } = report;
  const { reason, action } = WORDS[progress];
  // Asked for again, the same is another capture; told again by the next agent, it is not, but for another reason.
  const began = 'startTime' in report ? report.startTime : undefined;
  const which = progress === 'finished' || progress === 'failure' || progress === 'running' ? (began ?? `round ${round} ${message}`) : now;
  const isWarning = progress === 'failure' || (progress === 'scheduled' && report.warnings !== undefined);
  return {
    about,
    key: [uid, progress, node, which].join(' '),
    reason,
    action: 'reason' in report ? report.reason : action,
    type: isWarning ? 'Warning' : 'Normal',
    note: message,
  };
}
