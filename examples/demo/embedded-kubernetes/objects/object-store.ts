import type { KubernetesObject } from './kubernetes-object.ts';
import { expired } from './status-error.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One write, as watches are told of it. */
export interface Change {
  readonly revision: number;
  /** Name of the collection: `pods`, `packetcaptures.pcapper.io`. */
  readonly collection: string;
  readonly type: ChangeType;
  /** The object as it is now, or, for a deletion, as it was last, at the revision of the deletion. */
  readonly object: KubernetesObject;
  /** The object as it was before. */
  readonly previous: KubernetesObject | undefined;
}

const HISTORY_LENGTH = 10_000;

/** All objects in memory, each write with a revision of its own and remembered for watches that start in the past. */
export class ObjectStore {
  readonly #collections = new Map<string, Map<string, KubernetesObject>>();
  readonly #listeners = new Set<(change: Change) => void>();
  #history: Change[] = [];
  #revision = 1;
  #forgotten = 0;

  /** Revision of the last write. */
  get revision(): number {
    return this.#revision;
  }

  get(collection: string, namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#collections.get(collection)?.get(keyOf(namespace, name));
  }

  /** In the order of namespaces and names, as the server lists. */
  list(collection: string, namespace?: string): readonly KubernetesObject[] {
    const objects = [...(this.#collections.get(collection) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    return namespace === undefined ? objects : objects.filter((object) => object.metadata.namespace === namespace);
  }

  /** Names of all collections that ever held something. */
  collections(): readonly string[] {
    return [...this.#collections.keys()];
  }

  /** Stores an object in place of the one of its name. @returns it with its resourceVersion */
  put(collection: string, object: KubernetesObject): KubernetesObject {
    const objects = this.#collections.get(collection) ?? new Map<string, KubernetesObject>();
    this.#collections.set(collection, objects);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const previous = objects.get(key);
    const stored = this.#nextVersionOf(object);
    objects.set(key, stored);
    this.#publish({ revision: this.#revision, collection, type: previous === undefined ? 'ADDED' : 'MODIFIED', object: stored, previous });
    return stored;
  }

  remove(collection: string, object: KubernetesObject): KubernetesObject {
    const objects = this.#collections.get(collection);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const previous = objects?.get(key);
    if (objects === undefined || previous === undefined) throw new Error(`${collection} has no ${key}`);
    objects.delete(key);
    const removed = this.#nextVersionOf(previous);
    this.#publish({ revision: this.#revision, collection, type: 'DELETED', object: removed, previous });
    return removed;
  }

  /**
   * What was written after a revision.
   * @throws StatusError 410 Expired when that is no longer known
   */
  changesAfter(revision: number, collection: string): readonly Change[] {
    if (revision < this.#forgotten) throw expired(`too old resource version: ${revision} (${this.#forgotten})`);
    return this.#history.filter((change) => change.revision > revision && change.collection === collection);
  }

  /** Forgets all versions but the present one, as etcd's compaction does. */
  forgetHistory(): void {
    this.#history = [];
    this.#forgotten = this.#revision;
  }

  /** @returns ends the subscription */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #nextVersionOf(object: KubernetesObject): KubernetesObject {
    this.#revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #publish(change: Change): void {
    this.#history.push(change);
    while (this.#history.length > HISTORY_LENGTH) this.#forgotten = this.#history.shift()?.revision ?? this.#forgotten;
    for (const listener of [...this.#listeners]) listener(change);
  }
}

const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;
