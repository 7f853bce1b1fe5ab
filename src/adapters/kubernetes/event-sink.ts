import { API_VERSION, PACKET_CAPTURE } from '../../api/v1alpha1/group.ts';
import type { ProgressReport, ProgressSink, StatusReport } from '../../core/progress-sink.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { type EventContent, EventPost, type EventPostOptions, type EventSubject } from './event-post.ts';
import { podEvent } from './pod-event.ts';

/** What an {@link EventSink} is made of. */
export interface EventSinkOptions extends Omit<EventPostOptions, 'controller'> {
  /** Whom a report is about; `undefined`: there is no Event for it. {@link aboutPacketCapture} and {@link aboutAnnotatedPod} are such. */
  readonly about: (report: ProgressReport) => EventSubject | undefined;
}

/** Events of PacketCaptures of a namespace. */
export function aboutPacketCapture(namespace: string): EventSinkOptions['about'] {
  return ({ source, name, uid }) =>
    source === PACKET_CAPTURE.kind ? { apiVersion: API_VERSION, kind: PACKET_CAPTURE.kind, namespace, name, uid } : undefined;
}

const WORDS = {
  scheduled: { reason: 'Scheduled', action: 'Claim' },
  running: { reason: 'Running', action: 'Capture' },
  finished: { reason: 'Finished', action: 'End' },
  failure: { reason: 'Failure', action: 'End' },
  released: { reason: 'Released', action: 'Release' },
} as const satisfies Record<StatusReport['progress'], { reason: string; action: string }>;

/** Tells each change of progress as an Event, once. Best effort: a report is taken over at once and never rejected. */
export class EventSink implements ProgressSink, Disposable, AsyncDisposable {
  readonly #about: EventSinkOptions['about'];
  readonly #events: EventPost;
  readonly #now: () => number;
  /** What was told of a capture last. */
  readonly #last = new RecentMap<string, { readonly progress: ProgressReport['progress']; readonly why: string | undefined; readonly round: number }>();

  constructor({ about, ...options }: EventSinkOptions) {
    this.#about = about;
    this.#now = () => options.clock.now();
    this.#events = new EventPost({ ...options, controller: 'pcapper.io/agent' });
  }

  /** Resolves at once, whatever becomes of the Event; never rejects. What was told of a capture before makes no second one. */
  report(report: ProgressReport): Promise<void> {
    const about = 'filesRemoved' in report ? undefined : this.#about(report);
    const round = about && this.#roundOf(report);
    if (!about || round === undefined) return Promise.resolve();
    if (about.kind === 'Pod') this.#events.post(podEvent(report, about, round, this.#now()));
    else if (report.progress !== 'removed') this.#events.post(progressEvent(report, about, round));
    return Promise.resolve();
  }

  /**
   * Resolves when nothing waits to be sent any more.
   * @param signal ends the waiting, not the sending: the call then throws its reason.
   */
  flush(signal?: AbortSignal): Promise<void> {
    return this.#events.flush(signal);
  }

  /** Sends what waits, for at most so many milliseconds; then drops it. */
  close(patience: number): Promise<void> {
    return this.#events.close(patience);
  }

  /** Sends what waits, for at most 3 seconds; then drops it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#events[Symbol.asyncDispose]();
  }

  /** Drops what waits. */
  [Symbol.dispose](): void {
    this.#events[Symbol.dispose]();
  }

  /** How often the capture was given back, removed or tried before this change; `undefined` when there is no change. */
  #roundOf({ uid, progress, message }: ProgressReport): number | undefined {
    const last = this.#last.get(uid);
    const why = progress === 'failure' ? message : undefined;
    if (last?.progress === progress && last.why === why) return undefined;
    const isAgain = last?.progress === 'released' || last?.progress === 'removed' || (progress === 'scheduled' && last !== undefined);
    const round = (last?.round ?? 0) + (isAgain ? 1 : 0);
    this.#last.set(uid, { progress, why, round });
    return round;
  }
}

/** What an Event tells of a change of progress. @param round how often the capture was given back before it */
export function progressEvent(report: Pick<StatusReport, 'progress' | 'node' | 'message'> & { readonly reason?: string }, about: EventSubject, round: number): EventContent {
  const { reason, action } = WORDS[report.progress];
  return {
    about,
    key: [report.progress, report.node, round].join(' '),
    reason,
    action: report.reason ?? action,
    type: report.progress === 'failure' ? 'Warning' : 'Normal',
    note: report.message,
  };
}
