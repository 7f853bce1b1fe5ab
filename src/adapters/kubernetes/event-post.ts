import { createHash } from 'node:crypto';
import { microTime } from '../../api/v1alpha1/time.ts';
import { unlessAborted } from '../../core/unless-aborted.ts';
import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { ApiStatusError } from './api-errors.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import type { KubernetesClient } from './kubernetes-client.ts';

/** `core/v1 ObjectReference`: whom an Event is about. It must lie in that object's namespace. */
export interface EventSubject {
  /** `GROUP/VERSION`, of the core group `v1`. */
  readonly apiVersion: string;
  /** In CamelCase, singular: `Pod`. */
  readonly kind: string;
  /** In which the Event is made: the API server refuses one that lies elsewhere. */
  readonly namespace: string;
  /** `metadata.name`. */
  readonly name: string;
  /** `metadata.uid`: `kubectl describe` shows Events of this one, and not of a former object of the name. */
  readonly uid: string;
}

/** What an Event tells. Words that are too long are cut. */
export interface EventContent {
  /** Whom `regarding` names. */
  readonly about: EventSubject;
  /** Of two with the same key about the same subject only the first is made. */
  readonly key: string;
  /** Why, as one CamelCase word. */
  readonly reason: string;
  /** What was done, as one CamelCase word. */
  readonly action: string;
  /** `Warning` is for what somebody should see to; `kubectl events --types=Warning` shows those alone. */
  readonly type: 'Normal' | 'Warning';
  /** What happened, for people. At most 1024 bytes are sent. */
  readonly note: string;
}

/** What an {@link EventPost} is made of. */
export interface EventPostOptions {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told which Events were dropped or refused. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** `reportingController`: `pcapper.io/agent`. */
  readonly controller: string;
  /** `reportingInstance`: `NODE/POD`. */
  readonly instance: string;
  /** What is told here has mostly just been begun, and goes first: so long an Event waits. Milliseconds. Default: 250. */
  readonly delay?: number;
  /** Waits between tries of one Event. Default: from 0.8 s up to 30 s. */
  readonly backoff?: BackoffOptions;
}

const TRIES = 4;
/** So long an end waits for what is still to be sent. Milliseconds. */
const LAST_EVENTS_MS = 3_000;
/** Events that wait to be sent; when there are more, the oldest are dropped. */
const MAX_WAITING = 200;
/** Limits of k8s.io/kubernetes/pkg/apis/core/validation/events.go. Bytes. */
const MAX_NOTE = 1024;
const MAX_WORD = 128;

/**
 * Makes Events (events.k8s.io/v1). Best effort: they are taken over at once and go out in order, and what cannot be
 * delivered after a few tries is logged.
 */
export class EventPost implements Disposable, AsyncDisposable {
  readonly #options: EventPostOptions;
  readonly #logger: Logger;
  readonly #waiting: object[] = [];
  readonly #life = new AbortController();
  readonly #hurry = new AbortController();
  #sending: Promise<void> | undefined;

  constructor(options: EventPostOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
  }

  /** Makes an Event, or counts one more of the same; not at once, and never in the way of the caller. */
  post(content: EventContent): void {
    if (this.#life.signal.aborted) return;
    this.#waiting.push(this.#event(content));
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#logger.warn({}, 'too many Events wait: the oldest was dropped');
    }
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  /**
   * Resolves when nothing waits to be sent any more.
   * @param signal ends the waiting, not the sending: the call then throws its reason.
   */
  async flush(signal?: AbortSignal): Promise<void> {
    while (this.#sending) await unlessAborted(this.#sending, signal);
  }

  /** Sends what waits, for at most so many milliseconds; then drops it. */
  async close(patience: number): Promise<void> {
    this.#hurry.abort();
    const timer = new AbortController();
    await Promise.race([this.flush(), this.#options.clock.sleep(patience, timer.signal)]);
    timer.abort();
    this[Symbol.dispose]();
  }

  /** Sends what waits, for at most 3 seconds; then drops it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close(LAST_EVENTS_MS);
  }

  /** Drops what waits, and what comes. */
  [Symbol.dispose](): void {
    this.#waiting.length = 0;
    this.#hurry.abort();
    this.#life.abort(new Error('the Events were disposed'));
  }

  #event({ about, key, reason, action, type, note }: EventContent): object {
    const suffix = createHash('sha256').update(`${about.uid} ${key}`).digest('hex').slice(0, 16);
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      // The same has the same name, so that who tells it again after a restart makes no second Event.
      metadata: { name: `${about.name.slice(0, 200).replace(/[.-]+$/, '')}.${suffix}`, namespace: about.namespace },
      eventTime: microTime(this.#options.clock.now()),
      regarding: about,
      reportingController: this.#options.controller,
      reportingInstance: cut(this.#options.instance, MAX_WORD),
      action: cut(action, MAX_WORD),
      reason: cut(reason, MAX_WORD),
      type,
      note: cut(note, MAX_NOTE),
    };
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
