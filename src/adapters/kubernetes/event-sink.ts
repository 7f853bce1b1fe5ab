import { createHash } from 'node:crypto';
import { API_VERSION, PACKET_CAPTURE } from '../../api/v1alpha1/group.ts';
import { microTime } from '../../api/v1alpha1/time.ts';
import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import type { ProgressReport, ProgressSink } from '../../core/progress-sink.ts';
import { ApiStatusError } from './api-errors.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import type { KubernetesClient } from './kubernetes-client.ts';

/** `core/v1 ObjectReference`: whom an Event is about. It must lie in that object's namespace. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface EventSinkOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Whom a report is about; `undefined`: there is no Event for it. {@link aboutPacketCapture} is one. */
  readonly about: (report: ProgressReport) => EventSubject | undefined;
  /** `reportingInstance`: `NODE/POD`. */
  readonly instance: string;
  /** What is told here has mostly just been begun, and goes first: so long an Event waits. Milliseconds. Default: 250. */
  readonly delay?: number;
  /** Waits between tries of one Event. Default: from 0.8 s up to 30 s. */
  readonly backoff?: BackoffOptions;
}

/** Events of PacketCaptures of a namespace. */
export function aboutPacketCapture(namespace: string): EventSinkOptions['about'] {
  return ({ source, name, uid }) =>
    source === PACKET_CAPTURE.kind ? { apiVersion: API_VERSION, kind: PACKET_CAPTURE.kind, namespace, name, uid } : undefined;
}

const REPORTING_CONTROLLER = 'pcapper.io/agent';
const TRIES = 4;
/** Events that wait to be sent; when there are more, the oldest are dropped. */
const MAX_WAITING = 200;
/** Captures whose last Event is remembered. */
const MAX_REMEMBERED = 1000;
/** Limits of k8s.io/kubernetes/pkg/apis/core/validation/events.go. Bytes. */
const MAX_NOTE = 1024;
const MAX_WORD = 128;

const WORDS = {
  scheduled: { reason: 'Scheduled', action: 'Claim' },
  running: { reason: 'Running', action: 'Capture' },
  finished: { reason: 'Finished', action: 'End' },
  failure: { reason: 'Failure', action: 'End' },
  released: { reason: 'Released', action: 'Release' },
} as const satisfies Record<ProgressReport['progress'], { reason: string; action: string }>;

/**
 * Tells each change of progress as an Event (events.k8s.io/v1), once. Best effort: a report is taken over at once and
 * never rejected; Events go out in order, and what cannot be delivered after a few tries is logged.
 */
export class EventSink implements ProgressSink {
  readonly #options: EventSinkOptions;
  readonly #logger: Logger;
  readonly #last = new Map<string, { readonly progress: ProgressReport['progress']; readonly round: number }>();
  readonly #waiting: object[] = [];
  readonly #life = new AbortController();
  readonly #hurry = new AbortController();
  #sending: Promise<void> | undefined;

  constructor(options: EventSinkOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
  }

  report(report: ProgressReport): Promise<void> {
    if ('filesRemoved' in report) return Promise.resolve();
    const subject = this.#options.about(report);
    if (subject && !this.#life.signal.aborted) {
      const round = this.#roundOf(report);
      if (round !== undefined) this.#enqueue(this.#event(report, subject, round));
    }
    return Promise.resolve();
  }

  /** Resolves when nothing waits to be sent any more. */
  async flush(): Promise<void> {
    while (this.#sending) await this.#sending;
  }

  async close(patience: number): Promise<void> {
    this.#hurry.abort();
    const timer = new AbortController();
    await Promise.race([this.flush(), this.#options.clock.sleep(patience, timer.signal)]);
    timer.abort();
    this[Symbol.dispose]();
  }

  /** Drops what waits. */
  [Symbol.dispose](): void {
    this.#waiting.length = 0;
    this.#hurry.abort();
    this.#life.abort(new Error('the sink was disposed'));
  }

  /** How often the capture was given back before this change; `undefined` when there is no change. */
  #roundOf({ uid, progress }: ProgressReport): number | undefined {
    const last = this.#last.get(uid);
    if (last?.progress === progress) return undefined;
    const round = (last?.round ?? 0) + (last?.progress === 'released' ? 1 : 0);
    this.#last.delete(uid);
    this.#last.set(uid, { progress, round });
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= MAX_REMEMBERED) break;
      this.#last.delete(oldest);
    }
    return round;
  }

  #event(report: ProgressReport, subject: EventSubject, round: number): object {
    const { reason, action } = WORDS[report.progress];
    const suffix = createHash('sha256').update([subject.uid, report.progress, report.node, round].join(' ')).digest('hex').slice(0, 16);
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      // The same change has the same name, so that an agent that tells it again after a restart makes no second Event.
      metadata: { name: `${subject.name.slice(0, 200).replace(/[.-]+$/, '')}.${suffix}`, namespace: subject.namespace },
      eventTime: microTime(this.#options.clock.now()),
      regarding: subject,
      reportingController: REPORTING_CONTROLLER,
      reportingInstance: cut(this.#options.instance, MAX_WORD),
      action: cut('reason' in report ? report.reason : action, MAX_WORD),
      reason,
      type: report.progress === 'failure' ? 'Warning' : 'Normal',
      note: cut(report.message, MAX_NOTE),
    };
  }

  #enqueue(event: object): void {
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#logger.warn({}, 'too many Events wait: the oldest was dropped');
    }
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(): Promise<void> {
    let event = this.#waiting.shift();
    await this.#options.clock.sleep(this.#options.delay ?? 250, this.#hurry.signal).catch(() => undefined);
    for (; event; event = this.#waiting.shift()) {
      try {
        await this.#deliver(event as { metadata: { namespace: string } });
      } catch (error) {
        if (!this.#life.signal.aborted) this.#logger.warn({ error: errorMessage(error) }, 'an Event could not be made');
      }
    }
  }

  async #deliver(event: { readonly metadata: { readonly namespace: string } }): Promise<void> {
    const { signal } = this.#life;
    const backoff = new Backoff(this.#options.clock, this.#options.backoff);
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#options.client.create(`/apis/events.k8s.io/v1/namespaces/${event.metadata.namespace}/events`, event, { signal });
        return;
      } catch (error) {
        const refusal = ApiStatusError.is(error) ? error : undefined;
        if (refusal?.reason === 'AlreadyExists') return;
        if (tries === TRIES || (refusal && refusal.statusCode !== 429 && refusal.statusCode < 500)) throw error;
        await backoff.wait(signal, refusal?.retryAfter);
      }
    }
  }
}

/** Cuts text to at most so many bytes of UTF-8, between characters. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const mark = '…';
  const kept = Buffer.from(text).subarray(0, bytes - Buffer.byteLength(mark));
  return new TextDecoder().decode(kept, { stream: true }) + mark;
}
