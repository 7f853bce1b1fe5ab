import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, ObservedRequest } from '../faults/fault.ts';
import type { Faults } from '../faults/faults.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { omit } from '../objects/kubernetes-object.ts';
import { expired, invalid, methodNotAllowed, qualified, resourceNotFound, StatusError } from '../objects/status-error.ts';
import type { Lists, ObjectList } from '../resources/list.ts';
import type { ResourceCatalog } from '../resources/resource-catalog.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { ObjectTarget, Resources, WriteQuery } from '../resources/resources.ts';
import { type Answer, refusal, send, statusAnswer, type Trouble } from './answer.ts';
import { discovery } from './discovery.ts';
import { observeRequest } from './observe-request.ts';
import { isTrue, listQuery, readNumber } from './query.ts';
import { type RequestTarget, requestTarget } from './request-target.ts';
import { WatchStream } from './watch-stream.ts';

/** The release whose answers are imitated. */
const VERSION = { major: '1', minor: '34', gitVersion: 'v1.34.4', platform: 'embedded' };
const HEALTH = ['/readyz', '/livez', '/healthz'];

/** Answers HTTP requests as kube-apiserver does, unless a fault befalls them. */
export class ApiServer {
  readonly #store: ObjectStore;
  readonly #catalog: ResourceCatalog;
  readonly #resources: Resources;
  readonly #lists: Lists;
  readonly #faults: Faults;
  readonly #bookmarkEveryMs: number;
  readonly #watches = new Set<WatchStream>();
  readonly #observers = new Set<(request: ObservedRequest) => void>();

  constructor(parts: {
    readonly store: ObjectStore;
    readonly catalog: ResourceCatalog;
    readonly resources: Resources;
    readonly lists: Lists;
    readonly faults: Faults;
    readonly bookmarkEveryMs: number;
  }) {
    this.#store = parts.store;
    this.#catalog = parts.catalog;
    this.#resources = parts.resources;
    this.#lists = parts.lists;
    this.#faults = parts.faults;
    this.#bookmarkEveryMs = parts.bookmarkEveryMs;
    this.#catalog.onWithdrawal((collection) => {
      for (const watch of this.#watches) if (qualified(watch.resource) === collection) watch.close();
    });
  }

  /** The watches that are open at present. */
  get watches(): readonly WatchStream[] {
    return [...this.#watches];
  }

  /** Calls back for each request that arrives. @returns ends that */
  observe(observer: (request: ObservedRequest) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const observed = await observeRequest(request);
      for (const observer of this.#observers) observer(observed);
      const fault = this.#faults.take(observed);
      if (fault === undefined) this.#answer(observed, request, response);
      else await this.#fail(fault, observed, request, response);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      send(response, statusAnswer(error));
    }
  }

  async #fail(fault: Fault, observed: ObservedRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (fault.kind) {
      case 'reset':
        request.socket.resetAndDestroy();
        return;
      case 'silence':
        return;
      case 'silent-watch':
        if (observed.isWatch) this.#answer(observed, request, response, 'silence');
        return;
      case 'slow':
        await sleep(fault.ms);
        this.#answer(observed, request, response);
        return;
      case 'expired': {
        const error = expired('too old resource version: 1 (2)');
        send(response, observed.isWatch ? { status: 200, body: { type: 'ERROR', object: error.toStatus() } } : statusAnswer(error));
        return;
      }
      case 'refusal':
        send(response, refusal(fault.status, fault.retryAfterSeconds));
        return;
      case 'close-midway':
        this.#answer(observed, request, response, 'cut');
    }
  }

  #answer(observed: ObservedRequest, request: IncomingMessage, response: ServerResponse, trouble?: Trouble): void {
    try {
      const target = requestTarget(observed.path);
      const resource = target === undefined ? undefined : this.#catalog.find(target.group, target.version, target.plural);
      if (target === undefined || resource === undefined) send(response, this.#answerWithoutResource(observed, target), trouble);
      else if (observed.isWatch) this.#watch(resource, target, observed, response, trouble);
      else send(response, this.#answerOf(resource, target, observed, request.headers['user-agent'] ?? ''), trouble);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      send(response, statusAnswer(error), trouble);
    }
  }

  #answerWithoutResource({ method, path }: ObservedRequest, target: RequestTarget | undefined): Answer {
    const found = method === 'GET' ? (path === '/version' ? VERSION : discovery(path, this.#catalog.all())) : undefined;
    if (found !== undefined) return { status: 200, body: found };
    if (method === 'GET' && HEALTH.includes(path)) return { status: 200, body: 'ok' };
    const isBuiltIn = this.#catalog.all().some(({ group, version, custom }) => !custom && group === target?.group && version === target.version);
    if (isBuiltIn) throw resourceNotFound();
    return { status: 404, body: '404 page not found\n' };
  }

  #answerOf(resource: ResourceDefinition, target: RequestTarget, { method, query, contentType, body }: ObservedRequest, userAgent: string): Answer {
    const { namespace, name, subresource } = target;
    const writes: WriteQuery = {
      fieldManager: query.get('fieldManager') ?? (contentType.startsWith('application/apply-patch') ? undefined : managerOf(userAgent)),
      force: query.get('force') === 'true',
      dryRun: query.get('dryRun') === 'All',
    };
    if (method === 'POST') {
      if (resource.namespaced && namespace === undefined) return { status: 404, body: '404 page not found\n' };
      return { status: 201, body: this.#resources.create(resource, namespace, body, writes) };
    }
    if (name === undefined) {
      if (method !== 'GET') throw methodNotAllowed(resource, method.toLowerCase());
      return { status: 200, body: listBody(resource, this.#lists.list(resource, namespace, listQuery(query))) };
    }
    const object: ObjectTarget = { resource, namespace, name, subresource };
    switch (method) {
      case 'GET':
        return { status: 200, body: this.#resources.get(object) };
      case 'PUT':
        return { status: 200, body: this.#resources.update(object, body, writes) };
      case 'PATCH': {
        const { object: patched, created } = this.#resources.patch(object, contentType, body, writes);
        return { status: created ? 201 : 200, body: patched };
      }
      case 'DELETE':
        return { status: 200, body: this.#resources.delete(object, body, { gracePeriodSeconds: readNumber(query, 'gracePeriodSeconds') }) };
      default:
        throw methodNotAllowed(resource, method.toLowerCase());
    }
  }

  #watch(resource: ResourceDefinition, target: RequestTarget, { query }: ObservedRequest, response: ServerResponse, trouble: Trouble | undefined): void {
    if ((query.get('continue') ?? '') !== '') {
      const error = { reason: 'FieldValueForbidden', message: 'Forbidden: resourceVersionMatch is forbidden when continue is provided', field: 'resourceVersionMatch' };
      throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [error]);
    }
    const { namespace, name } = target;
    const selector = [query.get('fieldSelector') ?? '', ...(name === undefined ? [] : [`metadata.name=${name}`])].filter((term) => term !== '').join(',');
    const watch = new WatchStream({
      resource,
      namespace,
      query: {
        ...listQuery(query),
        fieldSelector: selector,
        allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
        timeoutSeconds: readNumber(query, 'timeoutSeconds'),
      },
      response,
      store: this.#store,
    });
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
    if (trouble === 'silence') watch.silence();
    if (trouble === 'cut') watch.cutNextEvent();
    watch.open(this.#bookmarkEveryMs);
  }
}

/** Items of built-in lists carry no kind of their own. */
function listBody(resource: ResourceDefinition, list: ObjectList): unknown {
  return resource.custom ? list : { ...list, items: list.items.map((item) => omit(item, 'apiVersion', 'kind')) };
}

/** The server names a writer that does not name itself by its User-Agent, up to the first slash. */
function managerOf(userAgent: string): string {
  const [name = ''] = userAgent.split('/');
  return name === '' ? 'unknown' : name;
}
