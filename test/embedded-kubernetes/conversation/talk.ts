import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiConnection, ApiRequestOptions, ApiResponse, ApiWatchEvent } from '../../harness/api-connection.ts';
import { Normaliser } from './normaliser.ts';

/** One part of the conversation. It speaks with a server through a {@link Talk}, which writes down what is answered. */
export interface Chapter {
  readonly name: string;
  tell(talk: Talk): Promise<void>;
}

const ANSWER_WITHIN_MS = 30_000;

/** Speaks with one server and writes down what it answers, without what differs from run to run. */
export class Talk {
  /** A namespace that only this chapter uses. */
  readonly namespace: string;
  readonly #connection: ApiConnection;
  readonly #normaliser = new Normaliser();
  readonly #record: [what: string, answer: unknown][] = [];

  constructor(connection: ApiConnection, namespace: string) {
    this.#connection = connection;
    this.namespace = namespace;
  }

  get record(): readonly (readonly [what: string, answer: unknown])[] {
    return this.#record;
  }

  /** A request whose answer is written down. */
  async say(method: string, path: string, body?: unknown, options?: TalkOptions): Promise<ApiResponse> {
    const answer = await this.ask(method, path, body, options);
    const type = answer.headers['content-type'];
    const seen = options?.only === undefined || answer.status >= 400 ? answer.body : pick(answer.body, options.only);
    const query = options?.query === undefined ? '' : `?${new URLSearchParams(options.query as Record<string, string>).toString()}`;
    const patch = options?.contentType === undefined ? '' : ` (${options.contentType})`;
    this.#record.push([
      this.#normaliser.text(`${method} ${path}${query}${patch}`),
      { status: answer.status, type, body: this.#normaliser.value(seen) },
    ]);
    return answer;
  }

  /** A request that only prepares. */
  ask(method: string, path: string, body?: unknown, options?: ApiRequestOptions): Promise<ApiResponse> {
    return this.#connection.request(method, path, body, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), ...options });
  }

  note(what: string, value: unknown): void {
    this.#record.push([what, this.#normaliser.value(value)]);
  }

  /** Asks until the answer has that status, for what a server does a moment later. */
  async until(status: number, method: string, path: string, body?: unknown, options?: ApiRequestOptions): Promise<ApiResponse> {
    for (;;) {
      const answer = await this.ask(method, path, body, options);
      if (answer.status === status) return answer;
      await sleep(50);
    }
  }

  /** Opens a watch. It is open when this resolves. */
  watch(path: string, query: NonNullable<ApiRequestOptions['query']> = {}, only?: readonly string[]): WatchTalk {
    const abort = new AbortController();
    const events = this.#connection.watch(path, { query, signal: abort.signal });
    return {
      next: async (count) => {
        const seen: ApiWatchEvent[] = [];
        const late = setTimeout(() => abort.abort(new Error(`no event within ${ANSWER_WITHIN_MS} ms; so far ${JSON.stringify(seen)}`)), ANSWER_WITHIN_MS);
        try {
          while (seen.length < count) {
            const event = await events.next();
            if (event.done === true) break;
            seen.push(event.value);
          }
        } catch (error) {
          throw abort.signal.aborted ? (abort.signal.reason as Error) : error;
        } finally {
          clearTimeout(late);
        }
        const told = seen.map(({ type, object }) => ({ type, object: only === undefined ? (object as unknown) : pick(object, only) }));
        this.note(`next ${count} events of ${path} ${JSON.stringify(query)}`, told);
        return seen;
      },
      end: async () => {
        const event = await events.next();
        this.note(`end of ${path}`, event.done === true ? 'ended' : event.value);
      },
      [Symbol.asyncDispose]: async () => {
        abort.abort();
        await events.return().catch(() => undefined);
      },
    };
  }
}

export interface TalkOptions extends ApiRequestOptions {
  /** Writes down only these paths of the answer's body: `metadata.name`. Errors are always written down whole. */
  readonly only?: readonly string[];
}

export interface WatchTalk extends AsyncDisposable {
  /** Waits for that many events and writes them down. */
  next(count: number): Promise<readonly ApiWatchEvent[]>;
  /** Writes down whether the server ends the watch. */
  end(): Promise<void>;
}

function pick(body: unknown, paths: readonly string[]): unknown {
  const of = (object: unknown) => Object.fromEntries(paths.map((path) => [path, at(object, path)]));
  const items = (body as { items?: unknown[] } | undefined)?.items;
  return items === undefined ? of(body) : items.map(of);
}

function at(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}
