import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ApiConnectionError,
  type ApiOutcome,
  ApiStatusError,
  KubernetesClient,
  type KubernetesObject,
  loadConnection,
} from '../../../src/adapters/kubernetes/index.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { eventually } from './eventually.ts';
import { ScriptedApi, sendJson } from './scripted-api.ts';

describe('a request', () => {
  test('says who asks and what it takes', async () => {
    await using api = await ScriptedApi.start((_, response) => sendJson(response, 200, {}));
    using client = new KubernetesClient(api.connection);
    await client.patch('/x', 'merge', { a: 1 }, { query: { fieldManager: 'pcapper-agent', force: true } });
    const [request] = api.seen;
    expect(request).toMatchObject({ method: 'PATCH', body: '{"a":1}' });
    expect(request?.url.search).toBe('?fieldManager=pcapper-agent&force=true');
    expect(request?.headers).toMatchObject({
      'user-agent': `pcapper/${manifest.version}`,
      accept: 'application/json',
      'content-type': 'application/merge-patch+json',
    });
  });

  test('keeps the path of the server', async () => {
    await using api = await ScriptedApi.start((_, response) => sendJson(response, 200, {}));
    using client = new KubernetesClient({ ...api.connection, server: new URL(`${api.url}/k8s/clusters/c-1/`) });
    await client.get('/version');
    expect(api.seen[0]?.url.pathname).toBe('/k8s/clusters/c-1/version');
  });

  test('uses one connection again and again, watches beside it', async () => {
    await using api = await ScriptedApi.start((request, response) => {
      if (request.url.searchParams.has('watch')) response.writeHead(200).flushHeaders();
      else sendJson(response, 200, {});
    });
    using client = new KubernetesClient(api.connection, { concurrentRequests: 1 });
    const leave = new AbortController();
    const watches = Array.from({ length: 3 }, async () => {
      for await (const event of client.watch('/w', { signal: leave.signal })) expect.unreachable(event.type);
    });
    await eventually(() => api.connections === 3);
    for (let i = 0; i < 20; i += 1) await client.get('/r');
    expect(api.connections).toBe(4);
    await Promise.all(Array.from({ length: 20 }, () => client.get('/r')));
    expect(api.connections).toBe(4);
    leave.abort(new Error('enough'));
    expect(await Promise.allSettled(watches)).toEqual(watches.map(() => ({ status: 'rejected', reason: new Error('enough') })));
  });

  test('goes out once more when the idle connection had just been closed', async () => {
    let requests = 0;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => {
        requests += 1;
        // The second request of a connection meets a closed one, as after the server's idle timeout.
        if (requests === 2) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    try {
      using client = new KubernetesClient({ server: new URL(`http://127.0.0.1:${port}`), requestOptions: () => Promise.resolve({}) });
      await client.get('/a');
      await client.get('/b');
      expect(requests).toBe(3);
    } finally {
      server.close();
    }
  });

  test('ends after its time, and gives its turn back', async () => {
    await using api = await ScriptedApi.start((request, response) => {
      if (request.url.pathname !== '/silent') sendJson(response, 200, {});
    });
    using client = new KubernetesClient(api.connection, { requestTimeout: 200, concurrentRequests: 1 });
    await expect(client.get('/silent')).rejects.toThrow(/GET \/silent got no answer from http:.*within 0.2 s/);
    await client.get('/loud');
  });

  test('ends with the reason of the signal, untold', async () => {
    const outcomes: ApiOutcome[] = [];
    await using api = await ScriptedApi.start(() => undefined);
    using client = new KubernetesClient(api.connection, { observe: (outcome) => outcomes.push(outcome) });
    const abort = new AbortController();
    const call = client.get('/silent', { signal: abort.signal });
    await eventually(() => api.seen.length === 1);
    abort.abort(new Error('changed my mind'));
    await expect(call).rejects.toThrow('changed my mind');
    expect(outcomes).toEqual([]);
  });

  test('tells the items of a list as they arrive, letters in two pieces too, and fails when the rest does not come', async () => {
    const letters = Buffer.from('{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"ü"}},{"metadata":{"name":"b"}}');
    const cut = letters.indexOf('ü') + 1;
    const told: string[] = [];
    await using api = await ScriptedApi.start((_, response) => {
      response.writeHead(200).write(letters.subarray(0, cut), () => {
        response.write(letters.subarray(cut));
        void eventually(() => told.length > 0).then(() => response.destroy());
      });
    });
    using client = new KubernetesClient(api.connection);
    const each = ({ metadata }: KubernetesObject) => void told.push(metadata.name);
    await expect(client.list('/cut', { each })).rejects.toMatchObject({ code: 'ApiConnection' });
    expect(told).toEqual(['ü']);
  });

  test('does not take answers without end', async () => {
    await using api = await ScriptedApi.start((request, response) => {
      if (request.url.pathname === '/list') sendJson(response, 200, { items: 'x'.repeat(5000) });
      else response.writeHead(200).end('x'.repeat(5000));
    });
    using client = new KubernetesClient(api.connection, { maxAnswerBytes: 1000 });
    await expect(client.get('/list')).rejects.toThrow('more than 1000 bytes');
    await expect(client.list('/list', { each: () => undefined })).rejects.toThrow('more than 1000 bytes');
    await expect(client.watch('/watch').next()).rejects.toThrow('more than 1000 bytes');
  });
});

describe('an error', () => {
  test('keeps the words of the Status, and how long to wait', async () => {
    const status = {
      kind: 'Status',
      reason: 'TooManyRequests',
      message: 'slow down',
      details: { retryAfterSeconds: 1 },
    };
    await using api = await ScriptedApi.start((_, response) => sendJson(response, 429, status, { 'retry-after': '2' }));
    const outcomes: ApiOutcome[] = [];
    using client = new KubernetesClient(api.connection, { observe: (outcome) => outcomes.push(outcome) });
    const error = await client.get('/busy').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiStatusError);
    expect(error).toMatchObject({ statusCode: 429, reason: 'TooManyRequests', retryAfter: 2000, details: { retryAfterSeconds: 1 } });
    expect((error as Error).message).toBe(
      'GET /busy was answered with 429 TooManyRequests: slow down. The API server is busy; try again later.',
    );
    expect(outcomes).toMatchObject([{ method: 'GET', path: '/busy', statusCode: 429, error }]);
  });

  test('tells a plain-text 404 from a missing object', async () => {
    await using api = await ScriptedApi.start((request, response) => {
      if (request.url.pathname === '/plain') response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      else sendJson(response, 404, { kind: 'Status', reason: 'NotFound', details: { name: 'web' } });
    });
    using client = new KubernetesClient(api.connection);
    const plain = (await client.get('/plain').catch((thrown: unknown) => thrown)) as ApiStatusError;
    expect(plain.status).toBeUndefined();
    expect(plain.saysNotFound('web')).toBe(false);
    expect(plain.message).toContain('404 page not found');
    const missing = (await client.get('/missing').catch((thrown: unknown) => thrown)) as ApiStatusError;
    expect(missing.saysNotFound('web')).toBe(true);
    expect(missing.saysNotFound('other')).toBe(false);
  });

  test('a server that is not there', async () => {
    using client = new KubernetesClient({ server: new URL('http://127.0.0.1:1'), requestOptions: () => Promise.resolve({}) });
    const error = await client.get('/x').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiConnectionError);
    expect((error as Error).message).toMatch(/^GET \/x got no answer from http:\/\/127.0.0.1:1: .*ECONNREFUSED/);
  });

  test('a 200 that is no JSON', async () => {
    await using api = await ScriptedApi.start((_, response) => void response.writeHead(200).end('<html>log in</html>'));
    using client = new KubernetesClient(api.connection);
    await expect(client.get('/x')).rejects.toThrow('<html>log in</html>');
  });
});

describe('a watch', () => {
  test('puts lines together whatever the chunks, and multi-byte characters with them', async () => {
    const event = { type: 'ADDED', object: { metadata: { name: 'käse-ö', uid: '1', resourceVersion: '5' } } };
    await using api = await ScriptedApi.start((_, response) => {
      void (async () => {
        response.writeHead(200);
        for (const byte of Buffer.from(`${JSON.stringify(event)}\n`)) {
          response.write(Buffer.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end(`${JSON.stringify(event)}\n${JSON.stringify(event)}\n{"type":"ADD`);
      })();
    });
    using client = new KubernetesClient(api.connection);
    const events = [];
    let contacts = 0;
    for await (const got of client.watch('/w', { contacted: () => (contacts += 1) })) events.push(got);
    expect(events).toEqual([event, event, event]);
    expect(contacts).toBeGreaterThan(1);
  });

  test('throws an ERROR line, a refusal, a break and nonsense', async () => {
    await using api = await ScriptedApi.start((request, response) => {
      switch (request.url.pathname) {
        case '/error':
          return void response.writeHead(200).end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })}\n`);
        case '/refused':
          sendJson(response, 403, { kind: 'Status', reason: 'Forbidden', message: 'no' });
          return;
        case '/broken':
          return void response.writeHead(200).write('{', () => response.socket?.resetAndDestroy());
        default:
          return void response.writeHead(200).end('nonsense\n');
      }
    });
    const outcomes: ApiOutcome[] = [];
    using client = new KubernetesClient(api.connection, { observe: (outcome) => outcomes.push(outcome) });
    await expect(client.watch('/error').next()).rejects.toMatchObject({ statusCode: 410, reason: 'Expired' });
    await expect(client.watch('/refused').next()).rejects.toMatchObject({ statusCode: 403, reason: 'Forbidden' });
    await expect(client.watch('/broken').next()).rejects.toMatchObject({ code: 'ApiConnection' });
    await expect(client.watch('/nonsense').next()).rejects.toMatchObject({ code: 'ApiConnection' });
    expect(outcomes.filter(({ error }) => error).map(({ path }) => path)).toEqual(['/error', '/refused']);
  });

  test('is closed by leaving the loop', async () => {
    let closed = false;
    await using api = await ScriptedApi.start((_, response) => {
      response.on('close', () => {
        closed = true;
      });
      response.writeHead(200).write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '1' } } })}\n`);
    });
    using client = new KubernetesClient(api.connection);
    const events = client.watch('/w');
    await events.next();
    await events.return();
    await eventually(() => closed);
  });
});

requires('kube-apiserver').describe('the client on a real API server', () => {
  let api: KubeApiserver;
  let client: KubernetesClient;
  beforeAll(async () => {
    api = await KubeApiserver.start();
    client = new KubernetesClient(await loadConnection({ kubeconfig: api.kubeconfig }));
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  const maps = '/api/v1/namespaces/default/configmaps';

  test('creates, reads, patches each way, lists, watches and deletes', async () => {
    const made = await client.create(maps, { metadata: { name: 'one' }, data: { a: '1' } });
    const path = `${maps}/one`;
    await client.patch(path, 'merge', { data: { b: '2' } });
    await client.patch(path, 'json', [{ op: 'test', path: '/metadata/uid', value: made.metadata.uid }, { op: 'add', path: '/data/c', value: '3' }]);
    await client.patch(
      path,
      'apply',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { d: '4' } },
      { query: { fieldManager: 'test', force: true } },
    );
    const now = await client.get<KubernetesObject & { data: unknown }>(path);
    expect(now.data).toEqual({ a: '1', b: '2', c: '3', d: '4' });
    const page = await client.list(maps, { query: { limit: 1 } });
    expect(page.items).toHaveLength(1);
    const told: KubernetesObject[] = [];
    const rest = await client.list(maps, { query: { limit: 1 }, each: (item) => told.push(item) });
    expect({ ...rest, items: told }).toEqual({ ...page, metadata: rest.metadata });
    await client.delete(path);
    for await (const event of client.watch(maps, { query: { resourceVersion: now.metadata.resourceVersion } })) {
      expect(event).toMatchObject({ type: 'DELETED', object: { metadata: { uid: made.metadata.uid } } });
      break;
    }
    const gone = (await client.get(path).catch((thrown: unknown) => thrown)) as ApiStatusError;
    expect(gone.saysNotFound('one')).toBe(true);
    await expect(client.create(maps, { metadata: { name: 'Not A Name' } })).rejects.toMatchObject({ statusCode: 422, reason: 'Invalid' });
  });

  test('a kind that is not served is a 404 without a Status', async () => {
    const error = await client.get('/apis/none.example/v1/namespaces/default/things/one').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ statusCode: 404, status: undefined });
  });

  test('goes on after the server was away', async () => {
    await api.stop();
    await expect(client.get('/version')).rejects.toMatchObject({ code: 'ApiConnection' });
    await api.restart();
    expect(await client.get('/version')).toMatchObject({ major: '1' });
  });
});
