import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { qualified } from '../objects/status-error.ts';
import { coreResources } from './core-resources.ts';
import { customResourceDefinitions, definedResources, type ResourceRules } from './custom-resource-definitions.ts';
import type { ResourceDefinition } from './resource-definition.ts';

const BUILT_IN: readonly ResourceDefinition[] = [...coreResources, customResourceDefinitions];

/** What is served at present: what is built in, and what CustomResourceDefinitions define. */
export class ResourceCatalog {
  readonly #rules: Readonly<Record<string, ResourceRules>>;
  readonly #custom = new Map<string, readonly ResourceDefinition[]>();
  readonly #withdrawals = new Set<(collection: string) => void>();

  /** @param rules by the names of CustomResourceDefinitions: `packetcaptures.pcapper.io` */
  constructor(store: ObjectStore, rules: Readonly<Record<string, ResourceRules>>) {
    this.#rules = rules;
    const definitions = qualified(customResourceDefinitions);
    store.subscribe(({ collection, type, object }) => {
      if (collection === definitions) this.#onDefinition(store, type === 'DELETED', object);
    });
  }

  all(): readonly ResourceDefinition[] {
    return [...BUILT_IN, ...[...this.#custom.values()].flat()];
  }

  find(group: string, version: string, plural: string): ResourceDefinition | undefined {
    return this.all().find((resource) => resource.group === group && resource.version === version && resource.plural === plural);
  }

  findKind(apiVersion: string, kind: string): ResourceDefinition | undefined {
    return this.all().find((resource) => resource.kind === kind && [resource.group, resource.version].filter((part) => part !== '').join('/') === apiVersion);
  }

  /** Calls back when a collection is no longer served. @returns ends the subscription */
  onWithdrawal(listener: (collection: string) => void): () => void {
    this.#withdrawals.add(listener);
    return () => this.#withdrawals.delete(listener);
  }

  #onDefinition(store: ObjectStore, isDeleted: boolean, definition: KubernetesObject): void {
    const { name } = definition.metadata;
    if (!isDeleted) {
      this.#custom.set(name, definedResources(definition, this.#rules[name]));
      return;
    }
    this.#custom.delete(name);
    for (const object of store.list(name)) store.remove(name, object);
    for (const listener of [...this.#withdrawals]) listener(name);
  }
}
