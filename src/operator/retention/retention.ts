import { ApiStatusError, type KubernetesClient, type ReflectedChange } from '../../adapters/kubernetes/index.ts';
import { packetCapturesPath } from '../../adapters/kubernetes/packet-capture-record.ts';
import { GROUP, PACKET_CAPTURE } from '../../api/v1alpha1/group.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import type { Clock } from '../../core/clock.ts';
import { KeyedQueue } from '../../core/keyed-queue.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { ageOf } from '../packet-captures/age.ts';
import type { KnownCapture } from '../packet-captures/known-capture.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import type { PolicyRule } from '../policy-rule.ts';

/** What may have to be removed: PacketCaptures, or what has the same fields. */
export interface RetainedObjects {
  /** What is known of the object of that uid. */
  get(uid: string): KnownCapture | undefined;
  /** Calls back after each change. */
  onChange(listener: (change: ReflectedChange<KnownCapture>) => void): void;
}

/** What a {@link Retention} is made of. */
export interface RetentionOptions {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the objects. */
  readonly namespace: string;
  /** Of the collection that {@link RetentionOptions.captures} watches. Default: the PacketCaptures of the namespace. */
  readonly path?: string;
  /** The watch that tells of their ends; started by somebody else, later. */
  readonly captures: RetainedObjects;
  /** What is told to whoever has to grant them. Default: {@link RETENTION_RULES}. */
  readonly rules?: readonly PolicyRule[];
}

/** What {@link Retention} and a watch of the captures need, in the namespace of the captures. */
export const RETENTION_RULES: readonly PolicyRule[] = [{ apiGroups: [GROUP], resources: [PACKET_CAPTURE.plural], verbs: ['delete', 'list', 'watch'] }];

/**
 * Deletes PacketCaptures `ttlSecondsAfterFinished` after their end. Their files are the agents' to remove (or to keep, with
 * `retainFiles`) once they see that the resource is gone.
 */
export class Retention implements AsyncDisposable {
  readonly #client: KubernetesClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #path: string;
  readonly #captures: RetainedObjects;
  readonly #rules: readonly PolicyRule[];
  readonly #queue: KeyedQueue;
  readonly #life = new AbortController();
  /** `Clock.uptime` at which captures had ended, by uid. */
  readonly #endedAt = new Map<string, number>();

  /** Is to be made before the captures are watched. */
  constructor(options: RetentionOptions) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#logger = options.logger ?? silentLogger;
    this.#path = options.path ?? packetCapturesPath(options.namespace);
    this.#rules = options.rules ?? RETENTION_RULES;
    this.#captures = options.captures;
    this.#queue = new KeyedQueue((uid) => this.#retain(uid), { clock: this.#clock, logger: this.#logger, concurrency: 4 });
    this.#captures.onChange((change) => this.#changed(change));
  }

  /** Resolves when what was under way has ended; nothing is deleted afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Error('the retention was disposed'));
    await this.#queue.close();
  }

  #changed({ uid, value, previous }: ReflectedChange<KnownCapture>): void {
    if (!value) {
      this.#endedAt.delete(uid);
      return;
    }
    if (isTerminal(value.progress) && !this.#endedAt.has(uid)) this.#endedAt.set(uid, this.#clock.uptime() - this.#ageOf(value, previous));
    this.#queue.add(uid);
  }

  /**
   * How long ago a capture ended, when that is first seen. Who was seen before its end has ended now: no step of a wall
   * clock can make it older. Only what had ended before this process looked is as old as the wall clocks say.
   */
  #ageOf({ completionTime, createdAt }: KnownCapture, previous: KnownCapture | undefined): number {
    return previous === undefined && completionTime !== undefined ? ageOf(completionTime, createdAt, this.#clock.now()) : 0;
  }

  async #retain(uid: string): Promise<void> {
    const capture = this.#captures.get(uid);
    const endedAt = this.#endedAt.get(uid);
    if (!capture || endedAt === undefined || capture.isDeleting || !isTerminal(capture.progress) || capture.timeToLive === undefined) return;
    const left = endedAt + capture.timeToLive - this.#clock.uptime();
    if (left > 0) this.#queue.addAfter(uid, left);
    else await this.#delete(capture);
  }

  /** Only as it is known: whatever has changed since is looked at anew, as its change is told. */
  async #delete({ uid, name, resourceVersion }: KnownCapture): Promise<void> {
    try {
      await this.#client.delete(`${this.#path}/${name}`, { preconditions: { uid, resourceVersion } }, { signal: this.#life.signal });
      this.#logger.info({ capture: name }, 'deleted, as its ttlSecondsAfterFinished is over');
    } catch (error) {
      if (this.#life.signal.aborted) return;
      if (ApiStatusError.is(error) && (error.statusCode === 409 || error.statusCode === 404)) return;
      throw explainMissingRight(error, 'Role', this.#rules);
    }
  }
}
