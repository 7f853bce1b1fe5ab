import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedKubernetes, type ObservedRequest } from '../../examples/demo/embedded-kubernetes/index.ts';
import { ApiConnection } from '../harness/api-connection.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: 'x'.repeat(500) } });

describe('faults', () => {
  let api: EmbeddedKubernetes;
  let client: ApiConnection;

  beforeEach(async () => {
    api = await EmbeddedKubernetes.start();
    api.create(map('one'));
    client = new ApiConnection(api.url);
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  const get = () => client.request('GET', `${MAPS}/one`);
  const fromNow = async () => {
    const { metadata } = (await client.request('GET', MAPS)).body as { readonly metadata: { readonly resourceVersion: string } };
    return { query: { resourceVersion: metadata.resourceVersion } };
  };
  const wholeWatch = async () => {
    const events: unknown[] = [];
    for await (const event of client.watch(MAPS)) events.push(event);
    return events;
  };

  it('resets connections, as often as asked', async () => {
    const fault = api.faults.inject({ kind: 'reset' }, { times: 2 });
    await expect(get()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(get()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await get()).status).toBe(200);
    expect(fault.hits).toBe(2);
  });

  it('befalls only the requests that match, the newest fault first', async () => {
    const isMap = ({ method, path, isWatch }: ObservedRequest) => method === 'GET' && path.startsWith(MAPS) && !isWatch;
    using older = api.faults.inject({ kind: 'refusal', status: 500 }, { when: isMap });
    {
      using newer = api.faults.inject({ kind: 'refusal', status: 503 }, { when: isMap });
      expect((await get()).status).toBe(503);
      expect([older.hits, newer.hits]).toEqual([0, 1]);
    }
    expect((await get()).body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'InternalError', code: 500 });
    expect((await client.request('GET', '/api/v1/pods')).status).toBe(200);
    api.faults.clear();
    expect((await get()).status).toBe(200);
  });

  it('does not perform what it refuses, and performs what it answers badly', async () => {
    api.faults.inject({ kind: 'refusal', status: 500 }, { times: 1 });
    await client.request('POST', MAPS, map('refused'));
    api.faults.inject({ kind: 'close-midway' }, { times: 1 });
    await expect(client.request('POST', MAPS, map('performed'))).rejects.toThrow();
    expect(api.list({ apiVersion: 'v1', kind: 'ConfigMap' }).map(({ metadata }) => metadata.name)).toEqual(['one', 'performed']);
  });

  it('answers 429 with Retry-After', async () => {
    api.faults.inject({ kind: 'refusal', status: 429, retryAfterSeconds: 7 }, { times: 1 });
    expect(await get()).toMatchObject({
      status: 429,
      headers: { 'retry-after': '7' },
      body: { reason: 'TooManyRequests', details: { retryAfterSeconds: 7 } },
    });
  });

  it('answers 410 to a list, and an ERROR event to a watch', async () => {
    api.faults.inject({ kind: 'expired' }, { times: 2 });
    expect((await client.request('GET', MAPS)).body).toMatchObject({ reason: 'Expired', code: 410 });
    expect(await wholeWatch()).toMatchObject([{ type: 'ERROR', object: { reason: 'Expired', code: 410 } }]);
  });

  it('is silent until the client gives up', async () => {
    using fault = api.faults.inject({ kind: 'silence' });
    const abort = new AbortController();
    const answer = client.request('GET', MAPS, undefined, { signal: abort.signal });
    await fault.untilHits(1);
    abort.abort(new Error('gave up'));
    await expect(answer).rejects.toThrow();
  });

  it('is slow', async () => {
    api.faults.inject({ kind: 'slow', ms: 300 }, { times: 1 });
    const started = performance.now();
    expect((await get()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(295);
  });

  it('closes midway: an answer, and a watch in its first event', async () => {
    api.faults.inject({ kind: 'close-midway' }, { times: 2 });
    await expect(get()).rejects.toThrow();
    await expect(wholeWatch()).rejects.toThrow();
  });

  it('opens a watch that is silent', async () => {
    const isWatch = (request: ObservedRequest) => request.isWatch;
    api.faults.inject({ kind: 'silent-watch' }, { when: isWatch, times: 1 });
    const silent = await client.openWatch(MAPS, await fromNow());
    const loud = await client.openWatch(MAPS, await fromNow());
    api.create(map('two'));
    const heard = silent.next().then(() => 'heard of it', () => 'ended');
    expect((await loud.next()).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'two' } } });
    // What the silent one would have been sent, it would have been sent before.
    await client.request('GET', MAPS);
    expect(await Promise.race([heard, Promise.resolve('silence')])).toBe('silence');
    for (const watch of api.watches) watch.reset();
    expect(await heard).toBe('ended');
  });

  describe('befall a watch that is open', () => {
    it('silence, while the connection stays', async () => {
      const events = await client.openWatch(MAPS, await fromNow());
      api.watches[0]?.silence();
      api.create(map('two'));
      expect(api.watches).toHaveLength(1);
      api.watches[0]?.close();
      expect(await events.next()).toMatchObject({ done: true });
    });

    it('an end in the middle of an event', async () => {
      const events = await client.openWatch(MAPS, await fromNow());
      api.watches[0]?.cutNextEvent();
      api.create(map('two'));
      await expect(events.next()).rejects.toThrow();
    });

    it('a reset', async () => {
      const events = await client.openWatch(MAPS, await fromNow());
      api.watches[0]?.reset();
      await expect(events.next()).rejects.toMatchObject({ code: 'ECONNRESET' });
      await expect.poll(() => api.watches).toHaveLength(0);
    });

    it('expiry', async () => {
      const events = await client.openWatch(MAPS, await fromNow());
      api.watches[0]?.expire();
      expect((await events.next()).value).toMatchObject({ type: 'ERROR', object: { code: 410 } });
      expect(await events.next()).toMatchObject({ done: true });
    });
  });

  it('is away and comes back with its objects', async () => {
    const events = await client.openWatch(MAPS, await fromNow());
    await api.stop();
    await expect(events.next()).rejects.toThrow();
    await expect(get()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    api.create(map('meanwhile'));
    await api.restart();
    expect((await client.request('GET', `${MAPS}/meanwhile`)).status).toBe(200);
  });
});
