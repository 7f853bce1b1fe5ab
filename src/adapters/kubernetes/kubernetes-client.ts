import * as http from 'node:http';
import * as https from 'node:https';
import { Turns } from '../../core/engine/turns.ts';
import { unlessAborted } from '../../core/unless-aborted.ts';
import { type ApiCall, ApiConnectionError, ApiStatusError } from './api-errors.ts';
import { refusal, tryParse } from './api-refusal.ts';
import { CallDeadline } from './call-deadline.ts';
import { exchange, readLines, readPieces, readText } from './http-exchange.ts';
import type { KubernetesConnection } from './kubernetes-connection.ts';
import type { KubernetesList, KubernetesObject, KubernetesStatus, WatchEvent } from './kubernetes-object.ts';
import { ListText } from './list-text.ts';
import { USER_AGENT } from './user-agent.ts';

/** How a call went, for metrics. */
export interface ApiOutcome extends ApiCall {
  /** HTTP status code; absent when no answer came. */
  readonly statusCode?: number;
  /** Until the answer was read; of a watch, until it began. Milliseconds. */
  readonly duration: number;
  /** Absent when all went well. */
  readonly error?: ApiStatusError | ApiConnectionError;
}

/** Limits of a {@link KubernetesClient}. */
export interface KubernetesClientOptions {
  /** Time for a request and its answer, and for the turn of waiting before. Milliseconds. Default: 30,000. Watches have no limit. */
  readonly requestTimeout?: number;
  /** Requests under way at once; further ones wait in order. Watches do not count. Default: 8. */
  readonly concurrentRequests?: number;
  /** The most that one answer, or one line of a watch, may have. Bytes. Default: 32 MiB. */
  readonly maxAnswerBytes?: number;
  /** Called once for each call that has ended; must not throw. Calls that the caller aborted are not told. */
  readonly observe?: (outcome: ApiOutcome) => void;
}

/** Parameters of the query, as `fieldSelector`. */
export type Query = Readonly<Record<string, string | number | boolean>>;

/** What every call can be given. */
export interface CallOptions {
  /** Parameters, not yet encoded: `{ fieldManager: "mine" }`. Default: none. */
  readonly query?: Query;
  /** Aborts the call, which then throws the reason of the signal. What was sent may have been done all the same. */
  readonly signal?: AbortSignal;
}

/** What a list can be given. */
export interface ListOptions<T> extends CallOptions {
  /**
   * Called with each item as it arrives, in place of keeping it: the list that is returned has none. When the call fails,
   * some may have been told already. Must not throw.
   */
  readonly each?: (item: T) => void;
}

/** What a watch can be given. */
export interface WatchOptions extends CallOptions {
  /** Called when the watch has been accepted and whenever bytes have arrived. */
  readonly contacted?: () => void;
}

/** Server-side apply (with `fieldManager` in the query), JSON merge patch (RFC 7386), JSON patch (RFC 6902). */
export type PatchType = 'apply' | 'merge' | 'json';

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
};

/** Idle connections are closed before the API server does so after 90 s (Go's http.Server.IdleTimeout there). */
const IDLE_CONNECTION_MS = 60_000;

/**
 * Requests to the Kubernetes API on plain paths, over one pool of connections that are kept alive.
 * Every method throws `ApiStatusError` for a refusal, `ApiConnectionError` when no answer came, and the reason of
 * the signal when that was aborted.
 */
export class KubernetesClient implements Disposable {
  readonly #connection: KubernetesConnection;
  readonly #pool: http.Agent;
  readonly #turns: Turns;
  readonly #requestTimeout: number;
  readonly #maxAnswerBytes: number;
  readonly #observe: (outcome: ApiOutcome) => void;

  constructor(connection: KubernetesConnection, options: KubernetesClientOptions = {}) {
    this.#connection = connection;
    const pool = { keepAlive: true, timeout: IDLE_CONNECTION_MS };
    this.#pool = connection.server.protocol === 'http:' ? new http.Agent(pool) : new https.Agent(pool);
    this.#turns = new Turns(options.concurrentRequests ?? 8);
    this.#requestTimeout = options.requestTimeout ?? 30_000;
    this.#maxAnswerBytes = options.maxAnswerBytes ?? 32 * 2 ** 20;
    this.#observe = options.observe ?? (() => undefined);
  }

  /** The API server that is called. */
  get server(): URL {
    return this.#connection.server;
  }

  /**
   * Reads an object.
   * @throws ApiStatusError, ApiConnectionError
   */
  get<T = KubernetesObject>(path: string, options?: CallOptions): Promise<T> {
    return this.#request<T>('GET', path, options);
  }

  /**
   * Lists a collection: one page of it, if the query has a `limit`; `continue` of its metadata asks for the next.
   * @throws ApiStatusError, ApiConnectionError
   */
  async list<T = KubernetesObject>(path: string, options: ListOptions<T> = {}): Promise<KubernetesList<T>> {
    const { each } = options;
    const read = each && ((response: http.IncomingMessage) => this.#readList(response, each));
    const list = await this.#request<Omit<KubernetesList<T>, 'items'> & { readonly items: readonly T[] | null }>('GET', path, options, undefined, read);
    // How Go writes a slice that was never filled.
    return { ...list, items: list.items ?? [] };
  }

  /**
   * Creates an object in the collection of that path.
   * @throws ApiStatusError, ApiConnectionError
   */
  create<T = KubernetesObject>(path: string, body: object, options?: CallOptions): Promise<T> {
    return this.#request<T>('POST', path, options, { text: JSON.stringify(body), type: 'application/json' });
  }

  /**
   * Changes the object of that path.
   * @throws ApiStatusError, ApiConnectionError
   */
  patch<T = KubernetesObject>(path: string, type: PatchType, body: object, options?: CallOptions): Promise<T> {
    return this.#request<T>('PATCH', path, options, { text: JSON.stringify(body), type: PATCH_TYPES[type] });
  }

  /**
   * Deletes the object of that path.
   * @param body `DeleteOptions`, as for preconditions.
   * @throws ApiStatusError, ApiConnectionError
   */
  delete(path: string, body?: object, options?: CallOptions): Promise<unknown> {
    return this.#request('DELETE', path, options, body && { text: JSON.stringify(body), type: 'application/json' });
  }

  /**
   * The events of a watch, in order, until the server ends it. Leaving the loop closes it.
   * @throws ApiStatusError, also for an `ERROR` line; ApiConnectionError
   */
  async *watch(path: string, options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, undefined> {
    const { signal, contacted = () => undefined } = options;
    const call = { method: 'WATCH', path };
    const response = await this.#observed(call, signal, async () => {
      const answer = await this.#send('GET', path, { ...options.query, watch: true }, signal);
      if (answer.statusCode !== 200) await this.#read(call, answer);
      return { statusCode: 200, result: answer };
    });
    contacted();
    try {
      for await (const line of readLines(response, this.#maxAnswerBytes, contacted)) {
        const event = JSON.parse(line) as WatchEvent | { type: 'ERROR'; object: KubernetesStatus };
        if (event.type === 'ERROR') {
          const error = refusal(call, event.object.code ?? 500, event.object);
          this.#observe({ ...call, statusCode: error.statusCode, duration: 0, error });
          throw error;
        }
        yield event;
      }
    } catch (error) {
      throw this.#translate(call, error, signal);
    } finally {
      response.destroy();
    }
  }

  /** Closes all connections; what is under way fails. */
  [Symbol.dispose](): void {
    this.#pool.destroy();
  }

  async #request<T>(method: string, path: string, options: CallOptions = {}, body?: Body, read?: ReadBody): Promise<T> {
    using deadline = new CallDeadline(this.#requestTimeout, options.signal);
    const { signal } = deadline;
    const call = { method, path };
    return await this.#observed(call, options.signal, async () => {
      const turn = await this.#turns.take(() => undefined, signal);
      try {
        const response = await this.#send(method, path, options.query, signal, body);
        return { statusCode: response.statusCode, result: (await this.#read(call, response, signal, read)) as T };
      } finally {
        turn[Symbol.dispose]();
      }
    });
  }

  async #send(method: string, path: string, query: Query = {}, signal?: AbortSignal, body?: Body): Promise<http.IncomingMessage> {
    const url = new URL(this.server);
    url.pathname = url.pathname.replace(/\/$/, '') + path;
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return exchange({
      url,
      method,
      headers: {
        Accept: 'application/json',
        'User-Agent': USER_AGENT,
        ...(body && { 'Content-Type': body.type, 'Content-Length': String(Buffer.byteLength(body.text)) }),
      },
      options: await unlessAborted(this.#connection.requestOptions(), signal),
      pool: this.#pool,
      body: body?.text,
      signal,
    });
  }

  /** @throws ApiStatusError unless the status code is 2xx. */
  async #read(call: ApiCall, response: http.IncomingMessage, signal?: AbortSignal, read?: ReadBody): Promise<unknown> {
    try {
      if (read && response.statusCode === 200) return await read(response);
      const text = await readText(response, this.#maxAnswerBytes);
      const { statusCode = 0 } = response;
      const body = tryParse(text);
      if (statusCode >= 200 && statusCode < 300 && body !== undefined) return body;
      throw refusal(call, statusCode, body ?? text, response.headers['retry-after']);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw error;
    }
  }

  async #readList<T>(response: http.IncomingMessage, each: (item: T) => void): Promise<KubernetesList<T>> {
    const list = new ListText(each);
    for await (const piece of readPieces(response, this.#maxAnswerBytes)) list.push(piece);
    return list.end();
  }

  async #observed<T>(
    call: ApiCall,
    caller: AbortSignal | undefined,
    work: () => Promise<{ readonly statusCode: number | undefined; readonly result: T }>,
  ): Promise<T> {
    const begun = performance.now();
    try {
      const { statusCode = 0, result } = await work();
      this.#observe({ ...call, statusCode, duration: performance.now() - begun });
      return result;
    } catch (cause) {
      const error = this.#translate(call, cause, caller);
      if (error instanceof ApiStatusError) {
        this.#observe({ ...call, statusCode: error.statusCode, duration: performance.now() - begun, error });
      } else if (error instanceof ApiConnectionError) {
        this.#observe({ ...call, duration: performance.now() - begun, error });
      }
      throw error;
    }
  }

  #translate(call: ApiCall, error: unknown, caller: AbortSignal | undefined): unknown {
    if (caller?.aborted) return caller.reason;
    return error instanceof ApiStatusError ? error : new ApiConnectionError(call, this.server, error);
  }
}

/** Makes of an answer 200 what the caller gets. */
type ReadBody = (response: http.IncomingMessage) => Promise<unknown>;

interface Body {
  readonly text: string;
  readonly type: string;
}
