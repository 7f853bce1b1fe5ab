import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { KubernetesClient, loadConnection } from '../../src/adapters/kubernetes/index.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { ApiConnection, type ApiResponse, type ApiWatchEvent } from '../harness/api-connection.ts';
import { KubeApiserver } from '../harness/kube-apiserver.ts';
import { requires } from '../harness/requirements.ts';
import { ApiProxy } from './api-proxy.ts';
import type { PassingCall } from './api-trouble.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

const isWrite = ({ method }: PassingCall) => method === 'POST';

requires('kube-apiserver').describe('a proxy before a real API server', () => {
  let server: KubeApiserver;
  let proxy: ApiProxy;
  let client: ApiConnection;
  let names = 0;
  beforeAll(async () => {
    server = await KubeApiserver.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    proxy = await ApiProxy.start({ kubeconfig: server.kubeconfig });
    client = new ApiConnection(proxy.url);
  });
  afterEach(async () => {
    client[Symbol.dispose]();
    await proxy[Symbol.asyncDispose]();
  });

  const newName = () => `map-${++names}`;
  const make = (name: string) => client.request('POST', MAPS, { metadata: { name } });
  const exists = async (name: string) => (await server.request('GET', `${MAPS}/${name}`)).status === 200;
  /** Whether a promise is still open after the server has answered something else. */
  const isOpen = async (promise: Promise<unknown>) => {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    await server.request('GET', MAPS);
    return !settled;
  };
  const openWatch = async (name: string) => {
    const list = await client.request('GET', MAPS);
    return client.openWatch(MAPS, { query: { resourceVersion: (list.body as { metadata: { resourceVersion: string } }).metadata.resourceVersion, fieldSelector: `metadata.name=${name}` } });
  };
  const nextOf = async (watch: AsyncGenerator<ApiWatchEvent, void, undefined>) => {
    const { value } = await watch.next();
    return value as ApiWatchEvent | undefined;
  };

  it('passes requests and refusals on, with the rights of its user', async () => {
    const name = newName();
    expect((await make(name)).status).toBe(201);
    expect((await make(name)).status).toBe(409);
    expect((await client.request('GET', `${MAPS}/${name}`)).body).toMatchObject({ metadata: { name } });

    const nobody = await server.kubeconfigFor('nobody');
    await using poor = await ApiProxy.start({ kubeconfig: nobody });
    using asNobody = new ApiConnection(poor.url);
    expect((await asNobody.request('GET', MAPS)).status).toBe(403);
  });

  it('passes the body of a deletion on', async () => {
    const name = newName();
    await make(name);
    using library = new KubernetesClient(await loadConnection({ kubeconfig: proxy.kubeconfig }));
    const deletion = library.delete(`${MAPS}/${name}`, { preconditions: { uid: 'of-another' } });
    await expect(deletion).rejects.toMatchObject({ statusCode: 409 });
    expect(await exists(name)).toBe(true);
  });

  it.each([false, true])('gives a client its kubeconfig (https: %s)', async (https) => {
    await using other = await ApiProxy.start({ kubeconfig: server.kubeconfig, https });
    using library = new KubernetesClient(await loadConnection({ kubeconfig: other.kubeconfig }));
    const name = newName();
    await library.create(MAPS, { metadata: { name } });
    expect(await exists(name)).toBe(true);
    expect(readFileSync(other.kubeconfig, 'utf8')).toContain(https ? 'https://' : 'http://');
  });

  it('streams watches', async () => {
    const name = newName();
    const watch = await openWatch(name);
    await make(name);
    expect(await nextOf(watch)).toMatchObject({ type: 'ADDED', object: { metadata: { name } } });
    expect(proxy.openWatches).toBe(1);
    await watch.return();
    await eventually(() => proxy.openWatches === 0);
  });

  it('holds a request before it is carried out', async () => {
    const name = newName();
    const trouble = proxy.inject({ kind: 'hold' }, { when: isWrite });
    const answer = make(name);
    await trouble.untilHits(1);
    expect(await isOpen(answer)).toBe(true);
    expect(await exists(name)).toBe(false);
    trouble[Symbol.dispose]();
    expect((await answer).status).toBe(201);
    expect(await exists(name)).toBe(true);
  });

  it('holds an answer after the request was carried out', async () => {
    const name = newName();
    const trouble = proxy.inject({ kind: 'hold-answer' }, { when: ({ body }) => body.includes(name) });
    const answer = make(name);
    await eventually(() => exists(name));
    expect(await isOpen(answer)).toBe(true);
    trouble[Symbol.dispose]();
    expect((await answer).status).toBe(201);
  });

  it('loses an answer after the request was carried out', async () => {
    const name = newName();
    proxy.inject({ kind: 'lose-answer' }, { when: isWrite, times: 1 });
    await expect(make(name)).rejects.toThrow();
    expect(await exists(name)).toBe(true);
    expect((await make(name)).status).toBe(409);
  });

  it('resets a connection before, and in the middle of the answer', async () => {
    const name = newName();
    proxy.inject({ kind: 'reset' }, { when: isWrite, times: 1 });
    await expect(make(name)).rejects.toThrow();
    expect(await exists(name)).toBe(false);
    proxy.inject({ kind: 'close-midway' }, { when: isWrite, times: 1 });
    await expect(make(name)).rejects.toThrow();
    expect(await exists(name)).toBe(true);
  });

  it('never answers', async () => {
    const name = newName();
    using trouble = proxy.inject({ kind: 'silence' });
    const answer = make(name);
    answer.catch(() => undefined);
    await trouble.untilHits(1);
    expect(await isOpen(answer)).toBe(true);
    expect(await exists(name)).toBe(false);
  });

  it('answers late', async () => {
    proxy.inject({ kind: 'slow', ms: 300 });
    const since = performance.now();
    expect((await make(newName())).status).toBe(201);
    expect(performance.now() - since).toBeGreaterThan(290);
  });

  it('refuses as often as told, then no more', async () => {
    const name = newName();
    const trouble = proxy.inject({ kind: 'refusal', status: 429, retryAfterSeconds: 3 }, { when: isWrite, times: 10 });
    const answers: ApiResponse[] = [];
    for (let i = 0; i < 10; i += 1) answers.push(await make(name));
    expect(answers.every(({ status, headers, body }) => status === 429 && headers['retry-after'] === '3' && (body as { reason: string }).reason === 'TooManyRequests')).toBe(true);
    expect((await make(name)).status).toBe(201);
    expect(trouble.calls).toHaveLength(10);
  });

  it.each([500, 503])('refuses with %s', async (status) => {
    proxy.inject({ kind: 'refusal', status }, { times: 1 });
    expect((await make(newName())).status).toBe(status);
  });

  it('says that a version has expired: to a list by 410, to a watch by a line', async () => {
    proxy.inject({ kind: 'expired' });
    expect(await client.request('GET', MAPS)).toMatchObject({ status: 410, body: { kind: 'Status', reason: 'Expired', code: 410 } });
    const watch = await client.openWatch(MAPS);
    expect(await nextOf(watch)).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    expect(await nextOf(watch)).toBeUndefined();
  });

  it('cuts an open watch in the middle of a line', async () => {
    const watch = await openWatch(newName());
    proxy.cutWatches();
    await expect(watch.next()).rejects.toThrow();
    await eventually(() => proxy.openWatches === 0);
  });

  it('cuts a watch in its next event', async () => {
    const name = newName();
    proxy.inject({ kind: 'close-midway' }, { when: ({ isWatch }) => isWatch, times: 1 });
    const watch = await openWatch(name);
    await make(name);
    // Whoever reads later than the cut must hear of it too.
    await eventually(() => proxy.openWatches === 0);
    await expect(watch.next()).rejects.toThrow();
  });

  it('refuses connections, and accepts them again at the same place', async () => {
    const watch = await openWatch(newName());
    const broken = expect(watch.next()).rejects.toThrow();
    await proxy.refuse();
    await broken;
    await expect(make(newName())).rejects.toThrow('ECONNREFUSED');
    await proxy.accept();
    expect((await make(newName())).status).toBe(201);
  });

  it('is a black hole for a while, and nothing is lost by it', async () => {
    const [before, during] = [newName(), newName()];
    const list = await client.request('GET', MAPS);
    const watch = await client.openWatch(MAPS, { query: { resourceVersion: (list.body as { metadata: { resourceVersion: string } }).metadata.resourceVersion } });
    proxy.fallSilent();
    const event = nextOf(watch);
    const answer = make(during);
    await server.request('POST', MAPS, { metadata: { name: before } });
    expect(await isOpen(Promise.race([event, answer]))).toBe(true);
    expect(await exists(during)).toBe(false);
    proxy.speak();
    expect((await answer).status).toBe(201);
    expect(await event).toMatchObject({ type: 'ADDED', object: { metadata: { name: before } } });
    expect(await nextOf(watch)).toMatchObject({ type: 'ADDED', object: { metadata: { name: during } } });
  });

  it('breaks off what the server breaks off, and reaches it again once it is back', async () => {
    const watch = await openWatch(newName());
    const broken = expect(watch.next()).rejects.toThrow();
    await server.stop();
    await broken;
    await expect(make(newName())).rejects.toThrow();
    await server.restart();
    expect((await make(newName())).status).toBe(201);
  });
});
