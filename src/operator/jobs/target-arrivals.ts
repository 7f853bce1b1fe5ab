import { type KubernetesClient, Reflector } from '../../adapters/kubernetes/index.ts';
import type { PodTarget } from '../../core/capture-target.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';

export interface TargetArrivalsOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends all watches. */
  readonly signal: AbortSignal;
  /** Called with the uid of a capture when the Pod that it waits for has changed, and as its watch begins. */
  readonly changed: (uid: string) => void;
}

/** Each is a connection. Whoever waits beyond them is looked after from time to time. */
const MOST_WATCHES = 100;

/** The Pods that captures wait for, by a watch of each: what nobody waits for is not watched. */
export class TargetArrivals {
  readonly #options: TargetArrivalsOptions;
  readonly #watches = new Map<string, AbortController>();

  constructor(options: TargetArrivalsOptions) {
    this.#options = options;
  }

  await(uid: string, { namespace, name }: PodTarget): void {
    if (this.#watches.has(uid) || this.#watches.size >= MOST_WATCHES) return;
    const life = new AbortController();
    this.#watches.set(uid, life);
    const { client, clock, logger, signal, changed } = this.#options;
    const reflector = new Reflector<true>({
      client,
      clock,
      logger,
      path: `/api/v1/namespaces/${namespace}/pods`,
      fieldSelector: `metadata.name=${name}`,
      project: () => true,
      changed: () => changed(uid),
    });
    reflector.start(AbortSignal.any([life.signal, signal])).catch(() => undefined);
  }

  /** The capture waits no longer. */
  forget(uid: string): void {
    this.#watches.get(uid)?.abort(new Error('nobody waits for the Pod any more'));
    this.#watches.delete(uid);
  }
}
