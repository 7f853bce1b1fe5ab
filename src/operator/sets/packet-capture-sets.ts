import { type KubernetesClient, Reflector, type ReflectorTimes } from '../../adapters/kubernetes/index.ts';
import { type PacketCaptureSetStatus, SET_UID_LABEL } from '../../api/v1alpha1/index.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import type { Clock } from '../../core/clock.ts';
import type { CaptureError } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { Reconciler } from '../reconciler.ts';
import { type RetainedObjects, Retention } from '../retention/retention.ts';
import { StatusLine } from '../status-line.ts';
import { Children } from './children.ts';
import { isValid, knownSet, type KnownSet, type ValidSet } from './known-set.ts';
import { passOnRetention } from './pass-on-retention.ts';
import { SetApi } from './set-api.ts';
import { SetKeeper } from './set-keeper.ts';
import { SET_RULES } from './set-rules.ts';
import { milestonesOf } from './set-status.ts';
import { invalidStatus } from './sum-status.ts';
import { TargetWatch } from './target-watch.ts';

/** What {@link PacketCaptureSets} are made of. */
export interface PacketCaptureSetsOptions extends ReflectorTimes {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Where sets and their PacketCaptures are; their Pods may be anywhere. */
  readonly namespace: string;
  /** Time between two writes of a set's status that only move counters. Milliseconds. Default: 2,000. */
  readonly counterInterval?: number;
}

/**
 * Makes a PacketCapture for each Pod of a PacketCaptureSet, for the time that is left, sums up what comes of them, and deletes
 * sets `ttlSecondsAfterFinished` after their end. All it goes by is on the API server: another process can take over at any
 * moment. That captures go with their set is the garbage collector's part.
 */
export class PacketCaptureSets implements AsyncDisposable {
  readonly #options: PacketCaptureSetsOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #life = new AbortController();
  readonly #api: SetApi;
  readonly #sets: Reflector<KnownSet>;
  readonly #children: Children;
  readonly #retention: Retention;
  readonly #queue: Reconciler;
  readonly #keepers = new Map<string, SetKeeper>();

  constructor(options: PacketCaptureSetsOptions) {
    const { client, clock, namespace } = options;
    const logger = options.logger ?? silentLogger;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#api = new SetApi(client, namespace, this.#life.signal);
    this.#queue = new Reconciler({ clock, logger, life: this.#life, watch: () => this.#watch(), reconcile: (uid) => this.#reconcile(uid) });
    this.#children = new Children({ ...options, logger, changed: (setUid) => this.#queue.add(setUid) });
    let retain: Parameters<RetainedObjects['onChange']>[0] = () => undefined;
    this.#sets = new Reflector<KnownSet>({
      ...options,
      path: this.#api.setsPath,
      project: knownSet,
      changed: (change) => {
        this.#queue.add(change.uid);
        retain(change);
      },
    });
    const captures: RetainedObjects = { get: (uid) => this.#sets.get(uid), onChange: (listener) => (retain = listener) };
    this.#retention = new Retention({ client, clock, logger, namespace, path: this.#api.setsPath, captures, rules: SET_RULES });
  }

  /** What stands in the way at present: missing rights, an API server that does not answer. */
  get obstacles(): readonly CaptureError[] {
    return this.#queue.obstacles;
  }

  /** Resolves once the present sets are known, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    return this.#queue.start(signal, (reason) => void this.#stop(reason));
  }

  /** Resolves when what was under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop(new Error('the sets were disposed'));
  }

  async #stop(reason: unknown): Promise<void> {
    this.#life.abort(reason);
    for (const keeper of this.#keepers.values()) keeper[Symbol.dispose]();
    await Promise.all([this.#queue.close(), this.#retention[Symbol.asyncDispose]()]);
  }

  async #watch(): Promise<void> {
    await this.#api.probe(this.#api.capturesPath, { labelSelector: SET_UID_LABEL });
    await this.#api.probe(this.#api.setsPath);
    // Children first: a set without them looks as if it were to begin.
    await this.#children.start(this.#life.signal);
    await this.#sets.start(this.#life.signal);
  }

  async #reconcile(uid: string): Promise<void> {
    const set = this.#sets.get(uid);
    if (!set || set.isDeleting) {
      this.#leave(uid);
      return;
    }
    if (isTerminal(set.progress)) {
      this.#leave(uid);
      const [failure] = await passOnRetention(set, { api: this.#api, children: this.#children });
      if (failure) throw failure;
    } else if (isValid(set)) {
      await this.#keeperOf(set).keep(set);
    } else if (!set.demand.valid) {
      this.#logger.warn({ set: set.name }, set.demand.error.message);
      await this.#statusLine().send(set, invalidStatus(set, set.demand.error, this.#clock.now()));
    }
  }

  #keeperOf(set: ValidSet): SetKeeper {
    const known = this.#keepers.get(set.uid);
    if (known) return known;
    const { uid } = set;
    const { namespace } = this.#options;
    const keeper = new SetKeeper(set, {
      api: this.#api,
      children: this.#children,
      clock: this.#clock,
      logger: this.#logger,
      namespace,
      status: this.#statusLine(),
      watch: (target) =>
        new TargetWatch({ ...this.#options, logger: this.#logger, target, signal: this.#life.signal, changed: () => this.#queue.add(uid) }),
      again: (after) => this.#queue.addAfter(uid, after),
    });
    this.#keepers.set(uid, keeper);
    return keeper;
  }

  #statusLine(): StatusLine<PacketCaptureSetStatus> {
    return new StatusLine({
      apply: (set, status) => this.#api.applySetStatus(set, status),
      milestonesOf,
      clock: this.#clock,
      interval: this.#options.counterInterval ?? 2_000,
    });
  }

  #leave(uid: string): void {
    this.#keepers.get(uid)?.[Symbol.dispose]();
    this.#keepers.delete(uid);
    this.#children.forget(uid);
  }
}
