import { ApiStatusError, type KubernetesClient, type KubernetesObject } from '../adapters/kubernetes/index.ts';
import type { Clock } from '../core/clock.ts';
import { CaptureError } from '../core/errors/index.ts';
import { KeyedQueue } from '../core/keyed-queue.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { OPERATOR_FIELD_MANAGER } from './field-manager.ts';
import type { OwnInstallation } from './install/own-installation.ts';
import type { KeptObject } from './kept-object.ts';
import { NamedObject } from './named-object.ts';

/** What every keeper is made of. */
export interface KeeperParts {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Asked before anything is restored. */
  readonly installation: Pick<OwnInstallation, 'isBeingRemoved'>;
  /**
   * Time from the deletion of an object to its restoration, so that an uninstallation under way is seen, and between two
   * writes of one object, so that two who disagree about it do not race. Milliseconds. Default: 10,000.
   */
  readonly patience?: number;
}

/** What an {@link ObjectKeeper} keeps, and how. */
export interface ObjectKeeperOptions<T extends KeptObject> extends KeeperParts {
  /** For messages: `DaemonSet`. */
  readonly kind: string;
  /** Path of its collection. */
  readonly collection: string;
  /** `metadata.name`: no other object of the collection is touched. */
  readonly name: string;
  /** What is kept of the object. */
  readonly project: (object: KubernetesObject) => T;
  /** As it is to be; `undefined`: that is not known yet, and it is left alone. The same until {@link ObjectKeeper.look} is called. */
  readonly desired: () => object | undefined;
  /** Why a call failed, in words that help. */
  readonly explain: (error: unknown) => unknown;
  /** What keeps an object that was applied from being used. */
  readonly obstacleOf?: (known: T) => CaptureError | undefined;
  /** Called after each look at it. */
  readonly looked?: () => void;
}

/** Time from a deletion to the restoration, and between two writes. Milliseconds. */
export const DEFAULT_PATIENCE = 10_000;

/**
 * Makes one object by server-side apply and keeps it so: what others change in it is put back, and when it is deleted it is
 * restored, unless the operator itself is being uninstalled. Writes nothing where nothing differs.
 */
export class ObjectKeeper<T extends KeptObject> implements AsyncDisposable {
  readonly #options: ObjectKeeperOptions<T>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #patience: number;
  readonly #object: NamedObject<T>;
  readonly #queue: KeyedQueue;
  readonly #life = new AbortController();
  /** What the last apply made of it: while nobody changes its spec there is nothing to put back. */
  #applied: (Pick<KeptObject, 'uid' | 'generation'> & { readonly desired: object }) | undefined;
  /** `Clock.uptime` before which it is left alone. */
  #notBefore = -Infinity;
  #obstacle: CaptureError | undefined;

  constructor(options: ObjectKeeperOptions<T>) {
    const { clock, logger = silentLogger, kind, name } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#patience = options.patience ?? DEFAULT_PATIENCE;
    this.#queue = new KeyedQueue(() => this.#keep(), { clock, logger });
    this.#object = new NamedObject({
      ...options,
      logger,
      changed: (deleted) => {
        if (!deleted) return this.look();
        this.#notBefore = clock.uptime() + this.#patience;
        logger.warn({ name }, `the ${kind} was deleted`);
        this.#queue.addAfter(name, this.#patience);
      },
    });
  }

  /** As the API server has it; `undefined`: there is none, or that is not known yet. */
  get known(): T | undefined {
    return this.#object.value;
  }

  /** It is there, and was applied by this process. */
  get isApplied(): boolean {
    const { known } = this;
    return known !== undefined && !known.isDeleting && this.#applied?.uid === known.uid;
  }

  /** Why it cannot be made or used, at present. */
  get obstacle(): CaptureError | undefined {
    return this.#obstacle;
  }

  /** Goes on until the signal is aborted. */
  start(signal: AbortSignal): void {
    const stop = (): void => {
      this.#life.abort(signal.reason);
      void this.#queue.close();
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    this.#object.start(this.#life.signal);
    this.look();
  }

  /** Looks at it anew, as when what is desired has changed. */
  look(): void {
    this.#queue.add(this.#options.name);
  }

  /** Resolves when what was under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Error('the keeper was disposed'));
    await this.#queue.close();
  }

  async #keep(): Promise<void> {
    const { explain, obstacleOf, kind, name } = this.#options;
    try {
      await this.#object.look(this.#life.signal);
      const desired = this.#options.desired();
      if (desired && !this.known?.isDeleting && !this.#isAsApplied(desired)) await this.#applyInTime(desired);
    } catch (error) {
      if (this.#life.signal.aborted) return;
      if (saysOtherUid(error)) throw error;
      const explained = explain(error);
      if (CaptureError.is(explained)) this.#obstacle = explained;
      throw explained;
    }
    const obstacle = this.known && obstacleOf?.(this.known);
    if (obstacle && obstacle.message !== this.#obstacle?.message) this.#logger.error({ [kind]: name }, obstacle.message);
    this.#obstacle = obstacle;
    this.#options.looked?.();
  }

  async #applyInTime(desired: object): Promise<void> {
    const { client, installation, collection, kind, name } = this.#options;
    const wait = this.#notBefore - this.#clock.uptime();
    if (wait > 0) {
      this.#queue.addAfter(name, wait);
      return;
    }
    const { signal } = this.#life;
    // Also of one that is there: what it is made from may have gone first.
    if (await installation.isBeingRemoved(signal)) {
      this.#logger.info({ [kind]: name }, `the ${kind} is left alone: pcapper is being uninstalled`);
      this.#queue.addAfter(name, this.#patience);
      return;
    }
    const { known } = this;
    const { metadata, ...body } = desired as { readonly metadata: object };
    const query = { fieldManager: OPERATOR_FIELD_MANAGER, force: true };
    // With a uid it cannot make one anew that was deleted in this moment.
    const written = await client.patch(`${collection}/${name}`, 'apply', { ...body, metadata: { ...metadata, ...(known && { uid: known.uid }) } }, { query, signal });
    const { uid, generation } = this.#options.project(written);
    if (known?.uid !== uid || known.generation !== generation) {
      this.#logger.info({ [kind]: name, generation }, `the ${kind} is applied`);
      this.#notBefore = this.#clock.uptime() + this.#patience;
    }
    this.#applied = { uid, generation, desired };
  }

  #isAsApplied(desired: object): boolean {
    const { known } = this;
    return known !== undefined && known.uid === this.#applied?.uid && known.generation === this.#applied.generation && this.#applied.desired === desired;
  }
}

/** The object is another one by now, or none. */
function saysOtherUid(error: unknown): boolean {
  if (!ApiStatusError.is(error)) return false;
  return error.statusCode === 409 || (error.details?.causes ?? []).some(({ field }) => field === 'metadata.uid');
}
