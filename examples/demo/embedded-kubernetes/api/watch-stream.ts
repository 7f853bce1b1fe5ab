import type { ServerResponse } from 'node:http';
import type { JsonObject, KubernetesObject } from '../objects/kubernetes-object.ts';
import type { Change, ObjectStore } from '../objects/object-store.ts';
import { expired, internalError, qualified, StatusError } from '../objects/status-error.ts';
import type { Selector } from '../resources/field-selector.ts';
import { type ListQuery, selectorOf } from '../resources/list.ts';
import { apiVersionOf, type ResourceDefinition } from '../resources/resource-definition.ts';

export interface WatchQuery extends ListQuery {
  readonly allowWatchBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

/** How long before its end a watch gets a last bookmark (kube-apiserver, cacher: bookmark 2 s before the deadline). */
const BOOKMARK_BEFORE_END_MS = 2_000;

/** One watch: events as lines of JSON until the client leaves, the time is over, or a fault ends it. */
export class WatchStream {
  readonly resource: ResourceDefinition;
  readonly namespace: string | undefined;
  readonly query: WatchQuery;
  readonly #response: ServerResponse;
  readonly #store: ObjectStore;
  readonly #selects: Selector;
  readonly #startsAfter: number | undefined;
  readonly #timers: NodeJS.Timeout[] = [];
  #unsubscribe: () => void = () => undefined;
  #isSilent = false;
  #cutsNext = false;

  /** @throws StatusError when the query is refused; nothing was sent then */
  constructor(parts: {
    readonly resource: ResourceDefinition;
    readonly namespace: string | undefined;
    readonly query: WatchQuery;
    readonly response: ServerResponse;
    readonly store: ObjectStore;
  }) {
    this.resource = parts.resource;
    this.namespace = parts.namespace;
    this.query = parts.query;
    this.#response = parts.response;
    this.#store = parts.store;
    this.#selects = selectorOf(parts.resource, parts.namespace, parts.query);
    this.#startsAfter = readVersion(parts.query.resourceVersion);
  }

  /** @param bookmarkEveryMs how often a client that asked for bookmarks gets one */
  open(bookmarkEveryMs: number): void {
    this.#response.writeHead(200, { 'content-type': 'application/json' });
    this.#response.flushHeaders();
    this.#response.on('close', () => this.#end());
    try {
      this.#sendPast();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#fail(error);
      return;
    }
    this.#unsubscribe = this.#store.subscribe((change) => {
      if (change.collection === qualified(this.resource) && change.revision > (this.#startsAfter ?? 0)) this.#sendChange(change);
    });
    const { timeoutSeconds, allowWatchBookmarks } = this.query;
    if (allowWatchBookmarks) this.#timers.push(setInterval(() => this.bookmark(), bookmarkEveryMs));
    if (timeoutSeconds === undefined) return;
    const ms = timeoutSeconds * 1000;
    if (allowWatchBookmarks && ms > BOOKMARK_BEFORE_END_MS) this.#timers.push(setTimeout(() => this.bookmark(), ms - BOOKMARK_BEFORE_END_MS));
    this.#timers.push(setTimeout(() => this.close(), ms));
  }

  /** Says how far the watch has come. */
  bookmark(): void {
    const object = { kind: this.resource.kind, apiVersion: apiVersionOf(this.resource), metadata: { resourceVersion: String(this.#store.revision) } };
    this.#send('BOOKMARK', object);
  }

  /** Ends it as the server does when the time is over. */
  close(): void {
    this.#response.end();
  }

  /** Lets nothing more be heard of it, while the connection stays. */
  silence(): void {
    this.#isSilent = true;
  }

  /** Ends the connection in the middle of the next event. */
  cutNextEvent(): void {
    this.#cutsNext = true;
  }

  /** Resets the connection (TCP RST). */
  reset(): void {
    this.#response.socket?.resetAndDestroy();
  }

  /** Ends it with an ERROR event of 410 Expired, as for a client that fell too far behind. */
  expire(): void {
    this.#fail(expired(`too old resource version: ${this.#startsAfter ?? 0} (${this.#store.revision})`));
  }

  #sendPast(): void {
    const collection = qualified(this.resource);
    if (this.#startsAfter === undefined) {
      for (const object of this.#store.list(collection)) if (this.#selects(object)) this.#send('ADDED', object);
      return;
    }
    for (const change of this.#store.changesAfter(this.#startsAfter, collection)) this.#sendChange(change);
  }

  /** What a change is to those who see only what the selector lets through. */
  #sendChange({ type, object, previous, revision }: Change): void {
    const was = previous !== undefined && this.#selects(previous);
    const is = type !== 'DELETED' && this.#selects(object);
    if (is) this.#send(was ? 'MODIFIED' : 'ADDED', object);
    // It has left: the object as it was last seen here, at the version at which it left.
    else if (was) this.#send('DELETED', { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } });
  }

  #send(type: string, object: KubernetesObject | JsonObject): void {
    if (this.#isSilent) return;
    const line = `${JSON.stringify({ type, object })}\n`;
    if (!this.#cutsNext) {
      this.#response.write(line);
      return;
    }
    this.#isSilent = true;
    this.#response.write(line.slice(0, line.length / 2), () => this.#response.socket?.destroy());
  }

  #fail(error: StatusError): void {
    this.#send('ERROR', error.toStatus());
    this.#response.end();
  }

  #end(): void {
    this.#unsubscribe();
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/** `undefined`: from the present state on, and that first. */
function readVersion(version = ''): number | undefined {
  if (version === '' || version === '0') return undefined;
  if (/^\d+$/.test(version)) return Number(version);
  throw internalError(`resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
}
