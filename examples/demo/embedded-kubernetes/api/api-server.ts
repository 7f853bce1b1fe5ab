import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, ObservedRequest } from '../faults/fault.ts';
import type { Faults } from '../faults/faults.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { omit } from '../objects/kubernetes-object.ts';
import { badRequest, expired, invalid, methodNotAllowed, qualified, resourceNotFound, StatusError } from '../objects/status-error.ts';
import type { Lists, ObjectList } from '../resources/list.ts';
import type { ResourceCatalog } from '../resources/resource-catalog.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { ObjectTarget, Resources, WriteQuery } from '../resources/resources.ts';
import { discovery } from './discovery.ts';
import { type RequestTarget, requestTarget } from './request-target.ts';
import { WatchStream } from './watch-stream.ts';

/** The release whose answers are imitated. */
const VERSION = { major: '1', minor: '34', gitVersion: 'v1.34.4', platform: 'embedded' };
const HEALTH = ['/readyz', '/livez', '/healthz'];

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What befalls an answer on its way. */
type Trouble = 'cut' | 'silence';

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
    const url = new URL(request.url ?? '/', 'http://localhost');
    try {
      const observed = await observe(request, url);
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

async function observe(request: IncomingMessage, url: URL): Promise<ObservedRequest> {
  request.setEncoding('utf8');
  let text = '';
  for await (const chunk of request) text += chunk as string;
  const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    isWatch: isTrue(url.searchParams.get('watch')) && request.method === 'GET',
    contentType,
    body: text === '' ? undefined : parse(text),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer, trouble?: Trouble): void {
  const isText = typeof body === 'string';
  const payload = isText ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json', 'content-length': Buffer.byteLength(payload), ...headers });
  if (trouble === 'cut') response.write(payload.slice(0, payload.length / 2), () => response.socket?.destroy());
  else response.end(payload);
}

function statusAnswer(error: StatusError): Answer {
  return { status: error.code, body: error.toStatus() };
}

function refusal(status: number, retryAfterSeconds: number | undefined): Answer {
  const [reason, message] = REFUSALS[status] ?? ['InternalError', 'an error on the server ("injected") has prevented the request from succeeding'];
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status, body: new StatusError(status, reason, message, details).toStatus(), headers };
}

const REFUSALS: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  503: ['ServiceUnavailable', 'apiserver is shutting down'],
};

/** Items of built-in lists carry no kind of their own. */
function listBody(resource: ResourceDefinition, list: ObjectList): unknown {
  return resource.custom ? list : { ...list, items: list.items.map((item) => omit(item, 'apiVersion', 'kind')) };
}

function listQuery(query: URLSearchParams) {
  return {
    fieldSelector: query.get('fieldSelector') ?? undefined,
    labelSelector: query.get('labelSelector') ?? undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    continue: query.get('continue') ?? undefined,
    limit: readNumber(query, 'limit'),
  };
}

function readNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

const isTrue = (text: string | null) => text === '1' || text === 'true';

/** The server names a writer that does not name itself by its User-Agent, up to the first slash. */
function managerOf(userAgent: string): string {
  const [name = ''] = userAgent.split('/');
  return name === '' ? 'unknown' : name;
}
