import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiServer } from './api/api-server.ts';
import type { WatchStream } from './api/watch-stream.ts';
import { Faults } from './faults/faults.ts';
import type { ObservedRequest } from './faults/fault.ts';
import type { JsonObject, KubernetesObject } from './objects/kubernetes-object.ts';
import { ObjectStore } from './objects/object-store.ts';
import { badRequest, StatusError } from './objects/status-error.ts';
import type { ResourceRules } from './resources/custom-resource-definitions.ts';
import { type ListQuery, Lists } from './resources/list.ts';
import { ResourceCatalog } from './resources/resource-catalog.ts';
import type { ResourceDefinition } from './resources/resource-definition.ts';
import { type ObjectTarget, PATCH_TYPES, Resources } from './resources/resources.ts';

export interface EmbeddedKubernetesOptions {
  /** TCP port on 127.0.0.1. Default: any that is free. */
  readonly port?: number;
  /** CustomResourceDefinitions that are there from the start. */
  readonly definitions?: readonly object[];
  /** Rules beyond the schemas, by the names of CustomResourceDefinitions (`packetcaptures.pcapper.io`): CEL is not evaluated here. */
  readonly rules?: Readonly<Record<string, ResourceRules>>;
  /** Namespaces that are there from the start, beside `default`. */
  readonly namespaces?: readonly string[];
  /** How often a watch that asked for bookmarks gets one, in milliseconds. Default: 60,000, as in kube-apiserver. */
  readonly bookmarkEveryMs?: number;
}

/** Names one object. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Default for namespaced resources: `default`. */
  readonly namespace?: string;
}

/**
 * A Kubernetes API in memory, over plain HTTP on loopback: Pods, Events, Nodes, Namespaces, ConfigMaps,
 * CustomResourceDefinitions and what they define, with watches, patches and server-side apply as kube-apiserver does
 * them, and with faults at will. It has no authentication, no controllers, no CEL (pass rules instead), no strategic
 * merge patch and no deletion of collections.
 */
export class EmbeddedKubernetes implements AsyncDisposable {
  readonly #store = new ObjectStore();
  readonly #faults = new Faults();
  readonly #lists = new Lists(this.#store);
  readonly #resources = new Resources(this.#store);
  readonly #catalog: ResourceCatalog;
  readonly #api: ApiServer;
  #server: Server | undefined;
  #port: number;

  static async start(options: EmbeddedKubernetesOptions = {}): Promise<EmbeddedKubernetes> {
    const embedded = new EmbeddedKubernetes(options);
    await embedded.restart();
    return embedded;
  }

  private constructor(options: EmbeddedKubernetesOptions) {
    this.#port = options.port ?? 0;
    this.#catalog = new ResourceCatalog(this.#store, options.rules ?? {});
    this.#api = new ApiServer({
      store: this.#store,
      catalog: this.#catalog,
      resources: this.#resources,
      lists: this.#lists,
      faults: this.#faults,
      bookmarkEveryMs: options.bookmarkEveryMs ?? 60_000,
    });
    for (const name of new Set(['default', ...(options.namespaces ?? [])])) this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (const definition of options.definitions ?? []) this.create(definition);
  }

  /** `http://127.0.0.1:PORT` */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A kubeconfig for it: JSON, which is YAML. @kubernetes/client-node takes plain HTTP only where TLS need not be verified. */
  get kubeconfig(): string {
    const name = 'embedded';
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name, user: {} }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    });
  }

  /** What befalls requests. */
  get faults(): Faults {
    return this.#faults;
  }

  /** The watches that are open at present: each can be silenced, cut, reset, expired. */
  get watches(): readonly WatchStream[] {
    return this.#api.watches;
  }

  /** Calls back for each HTTP request that arrives. @returns ends that */
  observe(observer: (request: ObservedRequest) => void): () => void {
    return this.#api.observe(observer);
  }

  /** @throws StatusError as the server would answer, here and in every method below */
  create(object: object): KubernetesObject {
    const { resource, namespace } = this.#placeOf({ ...object });
    return structuredClone(this.#resources.create(resource, namespace, structuredClone(object), {}));
  }

  get(reference: ObjectReference): KubernetesObject {
    return structuredClone(this.#resources.get(this.#targetOf(reference)));
  }

  /** Without a namespace: of all. */
  list(of: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string }, query: ListQuery = {}): readonly KubernetesObject[] {
    return structuredClone(this.#lists.list(this.#resourceOf(of), of.namespace, query).items);
  }

  /** Replaces an object; with `status` its status only. */
  update(object: KubernetesObject, subresource?: 'status'): KubernetesObject {
    const { apiVersion, kind, metadata } = object;
    const target = this.#targetOf({ apiVersion, kind, ...metadata }, subresource);
    return structuredClone(this.#resources.update(target, structuredClone(object), {}));
  }

  /** A merge patch; with `status` of the status only. */
  patch(reference: ObjectReference, patch: object, subresource?: 'status'): KubernetesObject {
    return structuredClone(this.#resources.patch(this.#targetOf(reference, subresource), PATCH_TYPES[1], structuredClone(patch), {}).object);
  }

  delete(reference: ObjectReference, { gracePeriodSeconds }: { readonly gracePeriodSeconds?: number } = {}): void {
    this.#resources.delete(this.#targetOf(reference), undefined, { gracePeriodSeconds });
  }

  /**
   * Waits until an object is as wanted; `undefined` is shown while there is none.
   * @throws the signal's reason
   */
  async until(reference: ObjectReference, isReached: (object: KubernetesObject | undefined) => boolean, signal?: AbortSignal): Promise<KubernetesObject | undefined> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const look = () => {
        try {
          const object = this.#find(reference);
          if (isReached(object)) settle(() => resolve(object));
        } catch (error) {
          settle(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      };
      const abort = () => settle(() => reject(signal?.reason as Error));
      const unsubscribe = this.#store.subscribe(look);
      const settle = (end: () => void) => {
        unsubscribe();
        signal?.removeEventListener('abort', abort);
        end();
      };
      signal?.addEventListener('abort', abort);
      look();
    });
  }

  /** Forgets every version but the present one: watches and list tokens from before are 410 Expired. */
  expireHistory(): void {
    this.#store.forgetHistory();
    this.#lists.forgetPages();
  }

  /** Stops serving at once, with all connections; the objects stay. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Serves again, at the same URL. */
  async restart(): Promise<void> {
    await this.stop();
    const server = createServer((request, response) => {
      this.#api.serve(request, response).catch((error: unknown) => {
        // The client left, or there is a mistake in here, which must not pass for an answer.
        response.destroy(error as Error);
      });
    });
    // A request that is never answered is a fault that tests ask for.
    server.requestTimeout = 0;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #find(reference: ObjectReference): KubernetesObject | undefined {
    try {
      return this.get(reference);
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return undefined;
      throw error;
    }
  }

  #targetOf(reference: ObjectReference, subresource?: string): ObjectTarget {
    const resource = this.#resourceOf(reference);
    return { resource, namespace: resource.namespaced ? (reference.namespace ?? 'default') : undefined, name: reference.name, subresource };
  }

  #placeOf(object: JsonObject): { readonly resource: ResourceDefinition; readonly namespace: string | undefined } {
    const resource = this.#resourceOf({ apiVersion: String(object['apiVersion']), kind: String(object['kind']) });
    const { namespace = 'default' } = object['metadata'] as { readonly namespace?: string };
    return { resource, namespace: resource.namespaced ? namespace : undefined };
  }

  #resourceOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): ResourceDefinition {
    const resource = this.#catalog.findKind(apiVersion, kind);
    if (resource === undefined) throw badRequest(`no matches for kind "${kind}" in version "${apiVersion}"`);
    return resource;
  }
}
