import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiConnection, type ApiRequestOptions, type ApiResponse, type ApiWatchEvent, WatchRefusal } from '../../harness/api-connection.ts';
import { Normaliser } from './normaliser.ts';

/** One part of the conversation. It speaks with a server through a {@link Talk}, which writes down what is answered. */
export interface Chapter {
  readonly name: string;
  tell(talk: Talk): Promise<void>;
}

/** A server that is spoken with. */
export interface Interlocutor extends Pick<ApiConnection, 'request' | 'openWatch'> {
  /** Lets it forget every version but the present one. */
  expireHistory(): Promise<void>;
}

const ANSWER_WITHIN_MS = 30_000;

/** Speaks with one server and writes down what it answers, without what differs from run to run. */
export class Talk {
  /** A namespace that only this chapter uses. */
  readonly namespace: string;
  readonly #server: Interlocutor;
  readonly #normaliser = new Normaliser();
  readonly #record: [what: string, answer: unknown][] = [];

  constructor(server: Interlocutor, namespace: string) {
    this.#server = server;
    this.namespace = namespace;
  }

  get record(): readonly (readonly [what: string, answer: unknown])[] {
    return this.#record;
  }

  /** A request whose answer is written down. */
  async say(method: string, path: string, body?: unknown, options?: TalkOptions): Promise<TalkAnswer> {
    const answer = await this.#send(method, path, body, options);
    const type = answer.headers['content-type'];
    const seen: unknown = options?.only === undefined || answer.status >= 400 ? answer.body : pick(answer.body, options.only);
    const query = options?.query === undefined ? '' : `?${new URLSearchParams(options.query as Record<string, string>).toString()}`;
    const patch = options?.contentType === undefined ? '' : ` (${options.contentType})`;
    this.#record.push([
      this.#normaliser.text(`${method} ${path}${query}${patch}`),
      { status: answer.status, type, body: this.#normaliser.value(options?.anyMessage === true ? { ...(seen as object), message: '<any>' } : seen) },
    ]);
    return answer;
  }

  /** A request that only prepares. */
  ask(method: string, path: string, body?: unknown, options?: ApiRequestOptions): Promise<TalkAnswer> {
    return this.#send(method, path, body, options);
  }

  #send(method: string, path: string, body?: unknown, options?: ApiRequestOptions): Promise<ApiResponse> {
    return this.#server.request(method, path, body, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), ...options });
  }

  /** A server that has just started may ask to come again (429). */
  async #openWatch(path: string, options: ApiRequestOptions): ReturnType<Interlocutor['openWatch']> {
    for (;;) {
      try {
        return await this.#server.openWatch(path, options);
      } catch (error) {
        if (!(error instanceof WatchRefusal) || error.status !== 429) throw error;
        await sleep(50);
      }
    }
  }

  /** Lets the server forget every version but the present one. */
  expireHistory(): Promise<void> {
    return this.#server.expireHistory();
  }

  /** Writes down what was found. */
  note(what: string, value: unknown): void {
    this.#record.push([this.#normaliser.text(what), this.#normaliser.value(value)]);
  }

  /** Asks until the answer has that status, for what a server does a moment later. */
  async until(status: number, method: string, path: string, body?: unknown, options?: ApiRequestOptions): Promise<TalkAnswer> {
    for (;;) {
      const answer = await this.ask(method, path, body, options);
      if (answer.status === status) return answer;
      await sleep(50);
    }
  }

  /** Opens a watch. It is open when this resolves. */
  async watch(path: string, query: NonNullable<ApiRequestOptions['query']> = {}, only?: readonly string[]): Promise<WatchTalk> {
    const abort = new AbortController();
    const open = () => this.#openWatch(path, { query, signal: abort.signal });
    let events = await open();
    let begun = false;
    return {
      next: async (count) => {
        const seen: TalkEvent[] = [];
        const late = setTimeout(() => abort.abort(new Error(`no event within ${ANSWER_WITHIN_MS} ms; so far ${JSON.stringify(seen)}`)), ANSWER_WITHIN_MS);
        try {
          while (seen.length < count) {
            const event = await events.next();
            if (event.done === true) break;
            if (!begun && isBehind(event.value)) {
              events = await open();
              continue;
            }
            begun = true;
            seen.push(event.value);
          }
        } catch (error) {
          throw abort.signal.aborted ? abort.signal.reason : error;
        } finally {
          clearTimeout(late);
        }
        const told = seen.map(({ type, object }) => ({ type, object: only === undefined ? object : pick(object, only) }));
        this.note(`next ${count} events of ${path} ${JSON.stringify(query)}`, told);
        return seen;
      },
      end: async () => {
        let event = await events.next();
        while (event.value?.type === 'BOOKMARK') event = await events.next();
        this.note(`end of ${path}`, event.done === true ? 'ended' : event.value);
      },
      [Symbol.asyncDispose]: async () => {
        abort.abort();
        await events.return().catch(() => undefined);
      },
    };
  }
}

/** An object, as far as the conversation looks into it. */
export interface TalkObject {
  readonly [field: string]: unknown;
  readonly metadata: {
    readonly [field: string]: unknown;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly continue: string;
  };
}

export interface TalkAnswer {
  readonly status: number;
  readonly body: TalkObject;
}

export interface TalkEvent {
  readonly type: ApiWatchEvent['type'];
  readonly object: TalkObject;
}

export interface TalkOptions extends ApiRequestOptions {
  /** Writes down only these paths of the answer's body: `metadata.name`. Errors are always written down whole. */
  readonly only?: readonly string[];
  /** Where the message is that of a Go parser. */
  readonly anyMessage?: boolean;
}

export interface WatchTalk extends AsyncDisposable {
  /** Waits for that many events and writes them down. */
  next(count: number): Promise<readonly TalkEvent[]>;
  /** Writes down whether the server ends the watch, after any number of bookmarks. */
  end(): Promise<void>;
}

/** A real server refuses a watch from now when its cache has not seen now within three seconds, and asks to come again. */
function isBehind({ type, object }: ApiWatchEvent): boolean {
  return type === 'ERROR' && (object as { code?: number }).code === 504;
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
