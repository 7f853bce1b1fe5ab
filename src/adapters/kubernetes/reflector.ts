import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { ApiStatusError } from './api-errors.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import type { KubernetesClient, Query } from './kubernetes-client.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

/** Why everything was listed again. */
export type RelistCause =
  /** The first list. */
  | 'start'
  /** The time between two lists was over. */
  | 'interval'
  /** The API server no longer knew the resourceVersion (410), or refused the watch for another reason. */
  | 'refused';

/** One object as it is now. */
export interface ReflectedChange<T> {
  /** `metadata.uid` of the object. */
  readonly uid: string;
  /** `undefined`: it is no longer among the objects that are watched. */
  readonly value: T | undefined;
  /** What was known before. */
  readonly previous: T | undefined;
  /** Of the object at this change; of a list that no longer has it, the list's. */
  readonly resourceVersion: string;
}

/** How long a {@link Reflector} waits, and for what. */
export interface ReflectorTimes {
  /** Time from one list to the next, on average; each is 25 % shorter or longer by chance. Milliseconds. Default: 600,000. */
  readonly relistInterval?: number;
  /** Without any byte for this long a watch that is not accepted, or used to get bookmarks, is opened anew. Milliseconds. Default: 180,000. */
  readonly silenceLimit?: number;
  /** Waits after a list or watch that failed. Default: from 0.8 s up to 30 s. */
  readonly backoff?: BackoffOptions;
}

/** What a {@link Reflector} follows, and how. */
export interface ReflectorOptions<T> extends ReflectorTimes {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the collection: `/api/v1/pods`. */
  readonly path: string;
  /** As `spec.nodeName=n1`; which fields there are, each kind says. Default: all objects. */
  readonly fieldSelector?: string;
  /** As `app=web,tier!=db`. Default: all objects. */
  readonly labelSelector?: string;
  /**
   * `storage` lists in pages and sees all that was written before. `cache` lets the API server answer from its memory,
   * never older than what was seen already: for objects of which there are many in the cluster and few that match.
   * Default: `storage`.
   */
  readonly listFrom?: 'storage' | 'cache';
  /** Objects a page. Default: 500. */
  readonly pageSize?: number;
  /** What is kept of an object. `undefined`: it is as if it were not there. When it throws, what was known stays. */
  readonly project: (object: KubernetesObject) => T | undefined;
  /** Called after each change; never before {@link Reflector.start}. */
  readonly changed: (change: ReflectedChange<T>) => void;
  /** Called after a list was taken over. `since`: `Clock.uptime` when it was asked for. */
  readonly relisted?: (cause: RelistCause, since: number) => void;
}

interface Projected<T> {
  readonly value: T | undefined;
  readonly resourceVersion: string;
}

interface Entry<T> extends Projected<T> {
  readonly value: T;
}

/** What was heard of one watch. */
interface Hearing {
  /** `Clock.uptime` of the last byte; before the first, when it was asked for. */
  last: number;
  accepted: boolean;
}

/** Clean ends of a watch come within this time of the asked one; after it the connection counts as dead. */
const LATE_END_MS = 30_000;

/**
 * Keeps a projection of a collection's objects in memory, by uid: lists, then watches from there on with bookmarks, and
 * lists again from time to time. Never gives up. Identity is the uid: an object that was deleted and made again under
 * its name is another one. The model is client-go's reflector.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  #entries = new Map<string, Entry<T>>();
  #resourceVersion = '';
  #cacheRefused = false;
  #bookmarksCome = false;
  #lastContact: number | undefined;
  #synced = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock;
    this.#logger = options.logger ?? silentLogger;
    this.#backoff = new Backoff(options.clock, options.backoff);
  }

  /** The present objects were listed once. */
  get isSynced(): boolean {
    return this.#synced;
  }

  /** `Clock.uptime` of the last byte from the API server. */
  get lastContact(): number | undefined {
    return this.#lastContact;
  }

  /** What is known of the object of that uid. */
  get(uid: string): T | undefined {
    return this.#entries.get(uid)?.value;
  }

  /** The uids of all that is known. */
  uids(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Resolves once the present objects are known, and goes on until the signal is aborted; rejects if that comes first. */
  async start(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#run(resolve, signal).catch(reject);
    });
  }

  /** Ends only by throwing, when aborted. */
  async #run(synced: () => void, signal: AbortSignal): Promise<never> {
    let relist: RelistCause | undefined = 'start';
    let relistDue = Infinity;
    let wasAway = false;
    for (;;) {
      const begun = this.#clock.uptime();
      let retryAfter: number | undefined;
      let failed = false;
      try {
        if (relist !== undefined) {
          await this.#list(relist, signal);
          // By a handler of what the list has told: a watch would never hear of it.
          signal.throwIfAborted();
          relist = undefined;
          relistDue = begun + (this.#options.relistInterval ?? 600_000) * (0.75 + Math.random() / 2);
          synced();
        }
        await this.#watch(relistDue, signal);
      } catch (error) {
        signal.throwIfAborted();
        failed = true;
        const isAway = !ApiStatusError.is(error) || error.statusCode >= 500;
        // Who answers again after an outage knows none of what was seen before it (410): that is not to take as long as the outage did.
        if (wasAway && !isAway) this.#backoff.reset();
        wasAway = isAway;
        if (ApiStatusError.is(error)) {
          retryAfter = error.retryAfter;
          // An overloaded server is not helped by lists; anything else may mean that we no longer fit together.
          if (error.statusCode !== 429 && error.statusCode < 500) relist ??= 'refused';
        }
        this.#logger.warn({ path: this.#options.path, error: errorMessage(error) }, 'watch interrupted');
      }
      const lived = this.#clock.uptime() - begun;
      if (lived >= this.#backoff.longest) this.#backoff.reset();
      const isDue = this.#clock.uptime() >= relistDue;
      if (isDue) relist ??= 'interval';
      // What ended in good order goes on at once, except a watch that ends again and again as soon as it was opened.
      if (failed || (!isDue && lived < this.#backoff.longest)) await this.#backoff.wait(signal, retryAfter);
      signal.throwIfAborted();
    }
  }

  async #list(cause: RelistCause, signal: AbortSignal): Promise<void> {
    const since = this.#clock.uptime();
    const fromCache = this.#options.listFrom === 'cache' && !this.#cacheRefused;
    let listed: { entries: Map<string, Entry<T>>; resourceVersion: string };
    try {
      listed = fromCache
        ? await this.#listOnce(
            this.#resourceVersion === ''
              ? { resourceVersion: '0' }
              : { resourceVersion: this.#resourceVersion, resourceVersionMatch: 'NotOlderThan' },
            signal,
          )
        : await this.#listOnce({ limit: this.#options.pageSize ?? 500 }, signal);
      this.#cacheRefused = false;
    } catch (error) {
      // The cache may not have got as far as what was seen, or the storage may have been restored: then the storage tells.
      if (fromCache && ApiStatusError.is(error)) this.#cacheRefused = true;
      throw error;
    }
    this.#replace(listed.entries, listed.resourceVersion);
    this.#synced = true;
    this.#options.relisted?.(cause, since);
  }

  async #listOnce(query: Query, signal: AbortSignal): Promise<{ entries: Map<string, Entry<T>>; resourceVersion: string }> {
    const entries = new Map<string, Entry<T>>();
    let token: string | undefined;
    for (;;) {
      let page;
      try {
        page = await this.#options.client.list(this.#options.path, {
          query: { ...this.#selectors(), ...query, ...(token !== undefined && { continue: token }) },
          signal,
          // One after another: whole objects are many times what is kept of them.
          each: (object) => this.#enter(object, entries),
        });
      } catch (error) {
        // The pages took too long and the next one is no longer known: all at once then.
        if (token !== undefined && ApiStatusError.is(error) && error.statusCode === 410) return this.#listOnce({}, signal);
        throw error;
      }
      this.#contacted();
      token = page.metadata.continue;
      if (!token) return { entries, resourceVersion: page.metadata.resourceVersion };
    }
  }

  #enter(object: KubernetesObject, entries: Map<string, Entry<T>>): void {
    const { uid } = object.metadata;
    const entry = this.#project(object) ?? this.#entries.get(uid);
    if (entry?.value !== undefined) entries.set(uid, { value: entry.value, resourceVersion: entry.resourceVersion });
  }

  async #watch(until: number, signal: AbortSignal): Promise<void> {
    // Whole seconds of at least 1; 0 would mean the server's own default.
    const timeoutSeconds = Math.max(1, Math.ceil((until - this.#clock.uptime()) / 1000));
    const hearing: Hearing = { last: this.#clock.uptime(), accepted: false };
    const watchdog = new AbortController();
    const ended = new AbortController();
    const stop = (): void => ended.abort();
    signal.addEventListener('abort', stop, { once: true });
    void this.#guard(hearing, timeoutSeconds * 1000, watchdog, ended.signal);
    ended.signal.addEventListener('abort', () => watchdog.abort(signal.reason), { once: true });
    try {
      const events = this.#options.client.watch(this.#options.path, {
        query: { ...this.#selectors(), resourceVersion: this.#resourceVersion, allowWatchBookmarks: true, timeoutSeconds },
        signal: watchdog.signal,
        contacted: () => {
          hearing.accepted = true;
          hearing.last = this.#contacted();
        },
      });
      for await (const { type, object } of events) {
        if (type === 'BOOKMARK') this.#bookmarksCome = true;
        else if (type === 'DELETED') this.#set(object.metadata.uid, undefined, object.metadata.resourceVersion);
        else {
          const projected = this.#project(object);
          if (projected) this.#set(object.metadata.uid, projected.value, projected.resourceVersion);
        }
        this.#resourceVersion = object.metadata.resourceVersion;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      ended.abort();
    }
  }

  /** Ends a watch on which nothing comes any more although its connection is open. */
  async #guard(hearing: Hearing, lifetime: number, watchdog: AbortController, ended: AbortSignal): Promise<void> {
    const silenceLimit = this.#options.silenceLimit ?? 180_000;
    for (;;) {
      // API servers send no bookmarks before the first change of a kind of object, so a quiet watch may be a healthy one;
      // it can only be late for its end.
      const isQuiet = hearing.accepted && !this.#bookmarksCome;
      const limit = isQuiet ? lifetime + LATE_END_MS : silenceLimit;
      const left = hearing.last + limit - this.#clock.uptime();
      if (left <= 0) {
        watchdog.abort(new Error(`nothing was heard for ${limit / 1000} s`));
        return;
      }
      try {
        await this.#clock.sleep(Math.min(left, silenceLimit), ended);
      } catch {
        return;
      }
    }
  }

  #replace(entries: Map<string, Entry<T>>, resourceVersion: string): void {
    const before = this.#entries;
    this.#entries = entries;
    this.#resourceVersion = resourceVersion;
    for (const [uid, { value, resourceVersion: at }] of entries) {
      const previous = before.get(uid);
      if (previous?.resourceVersion !== at) this.#tell({ uid, value, previous: previous?.value, resourceVersion: at });
    }
    for (const [uid, { value: previous }] of before) {
      if (!entries.has(uid)) this.#tell({ uid, value: undefined, previous, resourceVersion });
    }
  }

  #set(uid: string, value: T | undefined, resourceVersion: string): void {
    const before = this.#entries.get(uid);
    if (value === undefined) this.#entries.delete(uid);
    else if (before?.resourceVersion === resourceVersion) return;
    else this.#entries.set(uid, { value, resourceVersion });
    this.#tell({ uid, value, previous: before?.value, resourceVersion });
  }

  /** `undefined` when the projection threw. */
  #project(object: KubernetesObject): Projected<T> | undefined {
    const { name, resourceVersion } = object.metadata;
    try {
      return { value: this.#options.project(object), resourceVersion };
    } catch (error) {
      this.#logger.error({ path: this.#options.path, name, error: errorMessage(error) }, 'object passed over');
      return undefined;
    }
  }

  #tell(change: ReflectedChange<T>): void {
    try {
      this.#options.changed(change);
    } catch (error) {
      this.#logger.error({ uid: change.uid, error: errorMessage(error) }, 'handler of a change failed');
    }
  }

  #contacted(): number {
    this.#lastContact = this.#clock.uptime();
    return this.#lastContact;
  }

  #selectors(): Query {
    const { fieldSelector, labelSelector } = this.#options;
    return { ...(fieldSelector !== undefined && { fieldSelector }), ...(labelSelector !== undefined && { labelSelector }) };
  }
}
