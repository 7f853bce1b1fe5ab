import * as http from 'node:http';
import * as https from 'node:https';

/** Who is asking, and whom the server is trusted by (PEM). */
export type ApiCredentials = { readonly ca: string } & ({ readonly cert: string; readonly key: string } | { readonly token: string });

export interface ApiRequestOptions {
  /** Default: `application/json`. */
  readonly contentType?: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Parsed where it is JSON, else the text. */
  // The tests look into any object of the API; a type for each would say nothing more.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export interface ApiWatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly object: any;
}

/** A watch that the server did not accept. */
export class WatchRefusal extends Error {
  readonly status: number;

  constructor(path: string, status: number, answer: string) {
    super(`watch of ${path} refused: ${status} ${answer}`);
    this.name = 'WatchRefusal';
    this.status = status;
  }
}

/** Plain requests to a Kubernetes API, as bytes on the wire: no client library between a test and the server. */
export class ApiConnection implements Disposable {
  readonly url: string;
  readonly #agent: http.Agent;
  readonly #transport: typeof http.request;
  readonly #authorization: Readonly<Record<string, string>>;

  /** @param credentials for https. */
  constructor(url: string, credentials?: ApiCredentials) {
    this.url = url;
    this.#agent = credentials === undefined ? new http.Agent({ keepAlive: true }) : new https.Agent({ keepAlive: true, ...credentials });
    this.#transport = credentials === undefined ? http.request : https.request;
    this.#authorization = credentials !== undefined && 'token' in credentials ? { authorization: `Bearer ${credentials.token}` } : {};
  }

  /** @throws the socket's error when there is no answer. */
  async request(method: string, path: string, body?: unknown, options: ApiRequestOptions = {}): Promise<ApiResponse> {
    const response = await this.#send(method, path, body, options);
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response) text += chunk as string;
    const isJson = response.headers['content-type']?.includes('json') ?? false;
    return { status: response.statusCode ?? 0, headers: response.headers, body: isJson ? (JSON.parse(text) as unknown) : text };
  }

  /**
   * The events of a watch until the server ends it or the loop is left.
   * @throws WatchRefusal
   */
  async *watch(path: string, options: ApiRequestOptions = {}): AsyncGenerator<ApiWatchEvent, void, undefined> {
    yield* await this.openWatch(path, options);
  }

  /** As {@link ApiConnection.watch}; resolves when the server has accepted the watch. */
  async openWatch(path: string, options: ApiRequestOptions = {}): Promise<AsyncGenerator<ApiWatchEvent, void, undefined>> {
    const response = await this.#send('GET', path, undefined, { ...options, query: { watch: 1, ...options.query } });
    if (response.statusCode === 200) return eventsOf(response);
    let text = '';
    for await (const chunk of response) text += String(chunk);
    throw new WatchRefusal(path, response.statusCode ?? 0, text);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body: unknown, options: ApiRequestOptions): Promise<http.IncomingMessage> {
    const url = new URL(path, this.url);
    for (const [key, value] of Object.entries(options.query ?? {})) url.searchParams.set(key, String(value));
    const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = this.#transport(
        url,
        {
          method,
          agent: this.#agent,
          headers: {
            accept: 'application/json',
            ...this.#authorization,
            ...(payload === undefined
              ? {}
              : { 'content-type': options.contentType ?? 'application/json', 'content-length': Buffer.byteLength(payload) }),
            ...options.headers,
          },
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        },
        resolve,
      );
      request.on('error', reject);
      request.end(payload);
    });
  }
}

/** Reads the response itself: a line reader waits for ever on one that broke before the first read. */
async function* eventsOf(response: http.IncomingMessage): AsyncGenerator<ApiWatchEvent, void, undefined> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const text of response as AsyncIterable<string>) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as ApiWatchEvent;
  }
  if (rest !== '') yield JSON.parse(rest) as ApiWatchEvent;
}
