import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KubernetesClient, loadConnection, type ReflectedChange, Reflector, type ReflectorOptions } from '../../../src/adapters/kubernetes/index.ts';
import { SystemClock } from '../../../src/adapters/system-clock.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { eventually } from './eventually.ts';
import { realClock } from './real-clock.ts';
import { ScriptedApi, type SeenRequest, sendJson } from './scripted-api.ts';

let abort: AbortController;
beforeEach(() => {
  abort = new AbortController();
});
afterEach(() => abort.abort(new Error('test over')));

type Changes = Pick<ReflectedChange<string>, 'uid' | 'value' | 'previous'>[];

/** Reflects names of objects, and keeps what it was told. */
function reflectNames(client: KubernetesClient, options: Partial<ReflectorOptions<string>> = {}) {
  const told: Changes = [];
  const relists: string[] = [];
  const reflector = new Reflector<string>({
    client,
    clock: realClock,
    path: '/api/v1/namespaces/default/configmaps',
    backoff: { first: 20, longest: 100 },
    project: ({ metadata }) => metadata.name,
    changed: ({ uid, value, previous }) => told.push({ uid, value, previous }),
    relisted: (cause) => relists.push(cause),
    ...options,
  });
  return { reflector, told, relists, names: () => [...reflector.uids()].map((uid) => reflector.get(uid)).sort() };
}

const object = (name: string, resourceVersion: number, uid = `uid-${name}`) => ({
  metadata: { name, uid, resourceVersion: String(resourceVersion) },
});
const list = (resourceVersion: number, ...items: object[]) => ({ metadata: { resourceVersion: String(resourceVersion) }, items });
const line = (type: string, content: object) => `${JSON.stringify({ type, object: content })}\n`;
const bookmark = (resourceVersion: number) => line('BOOKMARK', { metadata: { resourceVersion: String(resourceVersion) } });
const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

/** Answers lists and watches from two scripts; the last step of each is repeated. */
async function scripted(
  lists: ((response: ServerResponse, request: SeenRequest) => void)[],
  watches: ((response: ServerResponse, request: SeenRequest) => void)[],
) {
  const seen = { lists: [] as URL[], watches: [] as URL[] };
  const api = await ScriptedApi.start((request, response) => {
    const [steps, urls] = request.url.searchParams.has('watch') ? [watches, seen.watches] : [lists, seen.lists];
    urls.push(request.url);
    steps[Math.min(urls.length, steps.length) - 1]?.(response, request);
  });
  const client = new KubernetesClient(api.connection);
  return {
    ...seen,
    client,
    reset: () => api.reset(),
    async [Symbol.asyncDispose]() {
      abort.abort(new Error('test over'));
      client[Symbol.dispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

const answer = (body: object) => (response: ServerResponse) => sendJson(response, 200, body);
const refuse = (statusCode: number, status: object, headers = {}) => (response: ServerResponse) =>
  sendJson(response, statusCode, { kind: 'Status', code: statusCode, ...status }, headers);
const stayOpen = (...lines: string[]) => (response: ServerResponse) => {
  response.writeHead(200).flushHeaders();
  for (const text of lines) response.write(text);
};
const end = (...lines: string[]) => (response: ServerResponse) => void response.writeHead(200).end(lines.join(''));

const resourceVersions = (urls: URL[]) => urls.map((url) => url.searchParams.get('resourceVersion'));

describe('a reflector', () => {
  test('asks for a long watch with bookmarks from the list on, and then for nothing', async () => {
    await using api = await scripted([answer(list(7, object('a', 5)))], [stayOpen()]);
    const { reflector, names } = reflectNames(api.client, { fieldSelector: 'status.node=' });
    expect(reflector.isSynced).toBe(false);
    await reflector.start(abort.signal);
    expect(reflector.isSynced).toBe(true);
    expect(names()).toEqual(['a']);
    await eventually(() => api.watches.length === 1);
    const query = api.watches[0]?.searchParams;
    expect(query?.get('resourceVersion')).toBe('7');
    expect(query?.get('allowWatchBookmarks')).toBe('true');
    expect(query?.get('fieldSelector')).toBe('status.node=');
    expect(Number(query?.get('timeoutSeconds'))).toBeGreaterThanOrEqual(449);
    expect(Number(query?.get('timeoutSeconds'))).toBeLessThanOrEqual(751);
    expect(reflector.lastContact).toBeGreaterThan(0);
  });

  test('is soon back after an outage, however long that was', async () => {
    const away = (response: ServerResponse) => void response.socket?.resetAndDestroy();
    await using api = await scripted(
      [answer(list(7)), answer(list(20, object('a', 15)))],
      [...Array.from({ length: 8 }, () => away), refuse(429, { reason: 'TooManyRequests' }), refuse(410, expired), stayOpen()],
    );
    const waits: number[] = [];
    const longest = 30_000;
    // Waits between tries are noted and not waited for.
    const clock = Object.create(realClock, {
      sleep: {
        value: (ms: number, signal?: AbortSignal) => {
          if (ms > longest) return realClock.sleep(ms, signal);
          waits.push(ms);
          return realClock.sleep(1, signal);
        },
      },
    }) as typeof realClock;
    const { reflector, names } = reflectNames(api.client, { clock, backoff: { first: 800, longest } });
    await reflector.start(abort.signal);
    await eventually(() => api.watches.length === 11);
    expect(names()).toEqual(['a']);
    const [during, afterBusy = Infinity, afterExpired = Infinity] = waits.slice(-3);
    expect(during).toBe(longest);
    expect(afterBusy).toBeLessThanOrEqual(1_600);
    expect(afterExpired).toBeLessThanOrEqual(3_200);
  });

  test('goes on from the last resourceVersion, bookmarks included, after an end, a break, 429 and 500', async () => {
    await using api = await scripted(
      [answer(list(7))],
      [
        end(line('ADDED', object('a', 8))),
        end(bookmark(9)),
        refuse(429, { reason: 'TooManyRequests' }),
        refuse(500, { reason: 'InternalError' }),
        (response) => response.writeHead(200).write(line('ADDED', object('b', 10)), () => response.socket?.resetAndDestroy()),
        stayOpen(),
      ],
    );
    const { reflector, relists, names } = reflectNames(api.client);
    await reflector.start(abort.signal);
    await eventually(() => api.watches.length === 6);
    expect(resourceVersions(api.watches)).toEqual(['7', '8', '9', '9', '9', '10']);
    expect(relists).toEqual(['start']);
    expect(names()).toEqual(['a', 'b']);
  });

  test('lists again after 410, as an answer and as a line, and finds what it missed', async () => {
    await using api = await scripted(
      [
        answer(list(7, object('kept', 1), object('changed', 2), object('removed', 3))),
        answer(list(20, object('kept', 1), object('changed', 15), object('new', 16))),
        answer(list(30, object('kept', 1))),
      ],
      [end(line('ERROR', expired)), refuse(410, expired), stayOpen()],
    );
    const { reflector, told, relists, names } = reflectNames(api.client);
    await reflector.start(abort.signal);
    told.length = 0;
    await eventually(() => api.watches.length === 3);
    expect(resourceVersions(api.watches)).toEqual(['7', '20', '30']);
    expect(relists).toEqual(['start', 'refused', 'refused']);
    expect(names()).toEqual(['kept']);
    expect(told).toEqual([
      { uid: 'uid-changed', value: 'changed', previous: 'changed' },
      { uid: 'uid-new', value: 'new', previous: undefined },
      { uid: 'uid-removed', value: undefined, previous: 'removed' },
      { uid: 'uid-changed', value: undefined, previous: 'changed' },
      { uid: 'uid-new', value: undefined, previous: 'new' },
    ]);
  });

  test('takes an object made again under its name for another one', async () => {
    await using api = await scripted(
      [answer(list(7, object('a', 5, 'first')))],
      [stayOpen(line('ADDED', object('a', 9, 'second')), line('DELETED', object('a', 8, 'first')))],
    );
    const { reflector, told } = reflectNames(api.client);
    await reflector.start(abort.signal);
    await eventually(() => told.length === 3);
    expect([...reflector.uids()]).toEqual(['second']);
  });

  test('lists again from time to time', async () => {
    await using api = await scripted(
      [answer(list(7, object('a', 5), object('b', 6))), answer(list(8, object('a', 5)))],
      // The deletion of b is never told.
      [(response, { url }) => {
        response.writeHead(200).flushHeaders();
        setTimeout(() => response.end(), Number(url.searchParams.get('timeoutSeconds')) * 1000);
      }],
    );
    const { reflector, relists, names } = reflectNames(api.client, { relistInterval: 800 });
    await reflector.start(abort.signal);
    await eventually(() => names().length === 1);
    expect(relists).toEqual(['start', 'interval']);
    expect(api.watches.length).toBeLessThanOrEqual(2);
  });

  test('opens a silent watch anew', async () => {
    await using api = await scripted([answer(list(7))], [stayOpen(bookmark(8)), stayOpen(line('ADDED', object('a', 9)))]);
    const { reflector, relists, names } = reflectNames(api.client, { silenceLimit: 300 });
    await reflector.start(abort.signal);
    await eventually(() => names().length === 1);
    expect(resourceVersions(api.watches).slice(0, 2)).toEqual(['7', '8']);
    expect(relists).toEqual(['start']);
  });

  test.each([
    ['that was accepted, and of which a bookmark could not be expected, once it is late for its end', stayOpen()],
    ['that was never answered', () => undefined],
  ])('opens a watch anew %s', async (_, silent) => {
    await using api = await scripted([answer(list(7)), answer(list(7))], [silent, stayOpen(line('ADDED', object('a', 9)))]);
    const { reflector, names } = reflectNames(api.client, {
      relistInterval: 10_000,
      silenceLimit: 60_000,
      // A minute in six tenths of a second.
      clock: new (class extends SystemClock {
        override uptime(): number {
          return super.uptime() * 100;
        }
        override sleep(ms: number, signal?: AbortSignal): Promise<void> {
          return super.sleep(ms / 100, signal);
        }
      })(),
    });
    await reflector.start(abort.signal);
    await eventually(() => names().length === 1);
    expect(api.watches.length).toBeGreaterThanOrEqual(2);
  });

  test('takes a list of nothing for empty, in either way to write it', async () => {
    await using api = await scripted([answer({ metadata: { resourceVersion: '7' }, items: null })], [stayOpen(line('ADDED', object('a', 9)))]);
    const { reflector, names } = reflectNames(api.client);
    await reflector.start(abort.signal);
    await eventually(() => names().length === 1);
  });

  test('outlives answers that are no lists and lines that are no events', async () => {
    await using api = await scripted(
      [answer({ ok: true }), end('{"metadata":{"resourceVersion":"7"},"items":[{"meta'), answer(list(7))],
      [end('{"type":"ADDED"}\n'), end('{"type":"ADDED","object":{"metadata":{"na'), stayOpen(line('ADDED', object('a', 9)))],
    );
    const { reflector, names } = reflectNames(api.client);
    await reflector.start(abort.signal);
    await eventually(() => names().length === 1);
    expect(resourceVersions(api.watches).slice(0, 2)).toEqual(['7', '7']);
  });

  test('waits as long as the server asks', async () => {
    const times: number[] = [];
    const timed = (then: (response: ServerResponse) => void) => (response: ServerResponse) => {
      times.push(performance.now());
      then(response);
    };
    await using api = await scripted([timed(refuse(429, {}, { 'retry-after': '1' })), timed(answer(list(7)))], [stayOpen()]);
    await reflectNames(api.client, { backoff: { first: 20, longest: 2000 } }).reflector.start(abort.signal);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(900);
  });

  test('waits ever longer while a server ends each watch at once', async () => {
    await using api = await scripted([answer(list(7))], [end()]);
    const waits: number[] = [];
    const { reflector } = reflectNames(api.client, {
      backoff: {},
      clock: new (class extends SystemClock {
        override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
          // The watchdog sleeps for minutes; the waits between the watches are all shorter.
          if (ms > 60_000) return super.sleep(ms, signal);
          waits.push(ms);
          await super.sleep(1, signal);
        }
      })(),
    });
    await reflector.start(abort.signal);
    await eventually(() => waits.length >= 8);
    [800, 1600, 3200, 6400, 12_800].forEach((step, index) => {
      expect(waits[index]).toBeGreaterThanOrEqual(step);
      expect(waits[index]).toBeLessThanOrEqual(2 * step);
    });
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  });

  test('outlives a handler and a projection that throw', async () => {
    await using api = await scripted([answer(list(7, object('a', 5), object('bad', 6)))], [stayOpen(line('ADDED', object('c', 8)))]);
    const seen: string[] = [];
    const { reflector } = reflectNames(api.client, {
      project: ({ metadata }) => {
        if (metadata.name === 'bad') throw new Error('cannot be understood');
        return metadata.name;
      },
      changed: ({ value }) => {
        seen.push(String(value));
        throw new Error('handler');
      },
    });
    await reflector.start(abort.signal);
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(['a', 'c']);
  });

  test('lists from the cache, never older than seen, and from the storage when the cache refuses', async () => {
    await using api = await scripted(
      [answer(list(7)), refuse(504, { reason: 'Timeout', message: 'Too large resource version' }), answer(list(3))],
      [end(bookmark(9), line('ERROR', expired)), stayOpen()],
    );
    const { reflector } = reflectNames(api.client, { listFrom: 'cache' });
    await reflector.start(abort.signal);
    await eventually(() => api.watches.length === 2);
    expect(api.lists.map(({ search }) => search)).toEqual(['?resourceVersion=0', '?resourceVersion=9&resourceVersionMatch=NotOlderThan', '?limit=500']);
    expect(resourceVersions(api.watches)).toEqual(['7', '3']);
  });

  test('lists all at once when the pages have expired', async () => {
    await using api = await scripted(
      [answer({ ...list(7, object('a', 1)), metadata: { resourceVersion: '7', continue: 'more' } }), refuse(410, expired), answer(list(8, object('b', 2)))],
      [stayOpen()],
    );
    const { reflector, names } = reflectNames(api.client);
    await reflector.start(abort.signal);
    expect(names()).toEqual(['b']);
    expect(api.lists.at(-1)?.searchParams.has('limit')).toBe(false);
  });

  test('ends when aborted: before the first list, and after', async () => {
    await using api = await scripted([refuse(500, {}), answer(list(7))], [stayOpen()]);
    const early = new AbortController();
    const starting = reflectNames(api.client).reflector.start(early.signal);
    early.abort(new Error('enough'));
    await expect(starting).rejects.toThrow('enough');
    const { reflector, told } = reflectNames(api.client);
    await reflector.start(abort.signal);
    await eventually(() => api.watches.length === 1);
    abort.abort(new Error('test over'));
    api.reset();
    expect(told).toEqual([]);
    const requests = api.lists.length + api.watches.length;
    await realClock.sleep(200);
    expect(api.lists.length + api.watches.length).toBe(requests);
  });

  test('opens no watch when it is aborted as its list is taken over', async () => {
    await using api = await scripted([answer(list(7, object('a', 5)))], [stayOpen()]);
    const { reflector } = reflectNames(api.client, { changed: () => abort.abort(new Error('enough')) });
    await expect(reflector.start(abort.signal)).rejects.toThrow('enough');
    // On the connection that the list has left behind a watch would come first.
    await api.client.list('/last');
    expect(api.watches).toEqual([]);
  });
});

requires('kube-apiserver').describe('a reflector of a real API server', () => {
  let api: KubeApiserver;
  let client: KubernetesClient;
  beforeAll(async () => {
    api = await KubeApiserver.start();
    client = new KubernetesClient(await loadConnection({ kubeconfig: api.kubeconfig }));
    await client.create('/api/v1/namespaces', { metadata: { name: 'reflector' } });
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  const path = '/api/v1/namespaces/reflector/configmaps';
  const make = (name: string) => client.create(path, { metadata: { name } });

  test('lists in pages, follows, and goes on through a restart', async () => {
    await Promise.all(Array.from({ length: 7 }, (_, i) => make(`paged-${i}`)));
    const { reflector, names, relists } = reflectNames(client, { path, pageSize: 3 });
    await reflector.start(abort.signal);
    expect(names()).toHaveLength(7);
    const made = await make('later');
    await eventually(() => reflector.get(made.metadata.uid));
    await client.delete(`${path}/later`);
    await eventually(() => reflector.get(made.metadata.uid) === undefined);
    await api.restart();
    // Without the reflector's help: it has to find its own way back.
    await api.request('DELETE', `${path}/paged-0`);
    await api.request('POST', path, { metadata: { name: 'after-restart' } });
    await eventually(() => names().includes('after-restart') && !names().includes('paged-0'));
    expect(names()).toHaveLength(7);
    expect(relists[0]).toBe('start');
  });

  test('begins when the API server comes', async () => {
    await api.stop();
    const { reflector, names } = reflectNames(client, { path });
    const starting = reflector.start(abort.signal);
    await api.restart();
    await starting;
    expect(names()).toHaveLength(7);
  });

  test('goes on when the API server was silent', async () => {
    const { reflector, names } = reflectNames(client, { path });
    await reflector.start(abort.signal);
    await api.pause();
    await realClock.sleep(500);
    api.resume();
    await make('after-silence');
    await eventually(() => names().includes('after-silence'));
  });
});
