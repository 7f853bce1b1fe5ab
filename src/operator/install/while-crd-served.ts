import type { KubernetesClient } from '../../adapters/kubernetes/index.ts';
import { CRDS_PATH } from '../../adapters/kubernetes/packet-capture-crd.ts';
import type { Clock } from '../../core/clock.ts';
import { KeyedQueue } from '../../core/keyed-queue.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { atWork } from '../at-work.ts';
import type { Controller } from '../controller.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import { NamedObject } from '../named-object.ts';
import type { PolicyRule } from '../policy-rule.ts';
import { knownCrd, type KnownCrd } from './known-crd.ts';

/** What a {@link WhileCrdServed} is made of. */
export interface WhileCrdServedOptions {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** `metadata.name` of the CRD. */
  readonly crd: string;
  /** What is told to whoever has to grant them. */
  readonly rules: readonly PolicyRule[];
  /** Makes what is to work while the CRD is there: anew each time. */
  readonly make: () => Controller;
}

const KEY = 'crd';

/** Lets a controller work while a CRD is there that somebody else installs, or does not. Without it all else is well. */
export class WhileCrdServed implements Controller {
  readonly #options: WhileCrdServedOptions;
  readonly #logger: Logger;
  readonly #life = new AbortController();
  readonly #crd: NamedObject<KnownCrd>;
  readonly #queue: KeyedQueue;
  #known: () => void = () => undefined;
  #working: { readonly uid: string; readonly controller: Controller; readonly life: AbortController } | undefined;
  #wasTold = false;

  constructor(options: WhileCrdServedOptions) {
    const { client, clock, crd, logger = silentLogger } = options;
    this.#options = options;
    this.#logger = logger;
    this.#queue = new KeyedQueue(() => this.#look(), { clock, logger });
    this.#crd = new NamedObject({
      client,
      clock,
      logger,
      collection: CRDS_PATH,
      name: crd,
      project: knownCrd,
      changed: () => this.#queue.add(KEY),
    });
  }

  /** Resolves once it is known whether the CRD is there, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    const begin = (isAtWork: () => void): void => {
      this.#known = isAtWork;
      this.#crd.start(this.#life.signal);
      this.#queue.add(KEY);
    };
    return atWork(signal, begin, () => void this.#stop(signal.reason));
  }

  /** Resolves when what was under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop(new Error('the controller was disposed'));
  }

  async #stop(reason: unknown): Promise<void> {
    this.#life.abort(reason);
    await this.#queue.close();
    await this.#end(reason);
  }

  async #look(): Promise<void> {
    const { crd, rules } = this.#options;
    let known: KnownCrd | undefined;
    try {
      known = await this.#crd.look(this.#life.signal);
    } catch (error) {
      if (this.#life.signal.aborted) return;
      throw explainMissingRight(error, 'ClusterRole', rules);
    }
    const uid = known?.isEstablished && !known.isDeleting ? known.uid : undefined;
    if (uid !== this.#working?.uid) await this.#change(uid);
    else if (uid === undefined && !this.#wasTold) this.#logger.info({ crd }, 'there is no such CRD, so nothing is done for it');
    this.#wasTold = true;
    this.#known();
  }

  async #change(uid: string | undefined): Promise<void> {
    const { crd, make } = this.#options;
    await this.#end(new Error('the CRD is gone'));
    if (uid === undefined || this.#life.signal.aborted) return;
    const controller = make();
    const life = new AbortController();
    this.#working = { uid, controller, life };
    controller.start(life.signal).then(
      () => this.#logger.info({ crd }, 'the CRD is there, and what is asked for by it is done'),
      () => undefined,
    );
  }

  async #end(reason: unknown): Promise<void> {
    const working = this.#working;
    if (!working) return;
    this.#working = undefined;
    working.life.abort(reason);
    await working.controller[Symbol.asyncDispose]();
    this.#logger.info({ crd: this.#options.crd }, 'what is asked for by this CRD is not done any more');
  }
}
