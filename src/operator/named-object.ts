import { type KubernetesClient, type KubernetesObject, Reflector } from '../adapters/kubernetes/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

export interface NamedObjectOptions<T> {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Path of its collection. */
  readonly collection: string;
  readonly name: string;
  /** What is kept of it. */
  readonly project: (object: KubernetesObject) => T;
  /** @param deleted it was there, and is no more. */
  readonly changed: (deleted: boolean) => void;
}

/** One object, as the API server has it. */
export class NamedObject<T> {
  readonly #options: NamedObjectOptions<T>;
  readonly #reflector: Reflector<T>;
  #known: { readonly uid: string; readonly value: T } | undefined;

  constructor(options: NamedObjectOptions<T>) {
    const { client, clock, logger, collection: path, project } = options;
    this.#options = options;
    this.#reflector = new Reflector({
      client,
      clock,
      logger,
      path,
      fieldSelector: this.#fieldSelector,
      project,
      changed: ({ uid, value }) => this.#changed(uid, value),
    });
  }

  /** `undefined`: there is none, or that is not known yet. */
  get value(): T | undefined {
    return this.#known?.value;
  }

  /** Watches it until the signal is aborted. */
  start(signal: AbortSignal): void {
    this.#reflector.start(signal).catch(() => undefined);
  }

  /** Its value, which the API server is asked for until the watch tells: only the answer to a call says what is refused. */
  async look(signal: AbortSignal): Promise<T | undefined> {
    if (this.#reflector.isSynced) return this.value;
    const query = { fieldSelector: this.#fieldSelector, limit: 1 };
    const [found] = (await this.#options.client.list(this.#options.collection, { query, signal })).items;
    this.#known = found && { uid: found.metadata.uid, value: this.#options.project(found) };
    return this.value;
  }

  get #fieldSelector(): string {
    return `metadata.name=${this.#options.name}`;
  }

  #changed(uid: string, value: T | undefined): void {
    if (value === undefined && this.#known?.uid !== uid) return;
    this.#known = value === undefined ? undefined : { uid, value };
    this.#options.changed(value === undefined);
  }
}
