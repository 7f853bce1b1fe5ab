import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { KubernetesClient, loadConnection, PacketCaptureSource, PacketCaptureStatusSink } from '../../../src/adapters/kubernetes/index.ts';
import { SystemClock } from '../../../src/adapters/system-clock.ts';
import type { ProgressReport } from '../../../src/core/progress-sink.ts';
import { ApiProxy } from '../../faults/api-proxy.ts';
import type { PassingCall, Trouble } from '../../faults/api-trouble.ts';
import { requires } from '../../harness/requirements.ts';
import { CaptureApi, CAPTURES, ended, NAMESPACE, running, scheduled } from './capture-api.ts';
import { eventually } from './eventually.ts';
import { realClock } from './real-clock.ts';
import { tellAtLast } from './tell-at-last.ts';

const TROUBLES: readonly (readonly [string, Trouble])[] = [
  ['reset', { kind: 'reset' }],
  ['carried out, and their answers lost', { kind: 'lose-answer' }],
  ['cut midway', { kind: 'close-midway' }],
  ['never answered', { kind: 'silence' }],
  ['slow', { kind: 'slow', ms: 400 }],
  ['expired', { kind: 'expired' }],
  ['too many', { kind: 'refusal', status: 429, retryAfterSeconds: 1 }],
  ['refused with 500', { kind: 'refusal', status: 500 }],
  ['refused with 503', { kind: 'refusal', status: 503 }],
  ['forbidden for a while', { kind: 'refusal', status: 403 }],
];

const isList = ({ method, isWatch }: PassingCall) => method === 'GET' && !isWatch;
const isStatusWrite = ({ method, path }: PassingCall) => method === 'PATCH' && path.endsWith('/status');

requires('kube-apiserver').describe('trouble on the way to a real API server', () => {
  let api: CaptureApi;
  let proxy: ApiProxy;
  let client: KubernetesClient;
  let source: PacketCaptureSource;
  let sink: PacketCaptureStatusSink;
  let life: AbortController;
  let clients: KubernetesClient[] = [];
  let made = 0;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const agentOf = (to: KubernetesClient, relistInterval = 600_000) => {
    const options = { client: to, clock: realClock, namespace: NAMESPACE, silenceLimit: 1000, relistInterval, backoff: { first: 20, longest: 200 }, counterInterval: 100 };
    const watching = new PacketCaptureSource({ ...options, node: 'n1' });
    return { watching, writing: new PacketCaptureStatusSink({ ...options, records: watching }) };
  };
  beforeEach(async () => {
    proxy = await ApiProxy.start({ kubeconfig: api.server.kubeconfig, https: true });
    client = new KubernetesClient(await loadConnection({ kubeconfig: proxy.kubeconfig }), { requestTimeout: 2000 });
    clients = [client];
    ({ watching: source, writing: sink } = agentOf(client));
    life = new AbortController();
  });
  afterEach(async () => {
    life.abort(new Error('test over'));
    sink[Symbol.dispose]();
    for (const each of clients) each[Symbol.dispose]();
    await proxy[Symbol.asyncDispose]();
    const { items } = await api.client.list(CAPTURES);
    for (const { metadata } of items) await api.delete(metadata.name);
  });

  const make = () => api.make(`capture-${(made += 1)}`);
  const namesKnown = (to = source) => [...to.uids()].map((uid) => to.get(uid)?.name).sort();
  const namesThere = async () => (await api.client.list(CAPTURES)).items.map(({ metadata }) => metadata.name).sort();
  const knowsAll = (to = source) => eventually(async () => namesKnown(to).join() === (await namesThere()).join());
  const tell = (uid: string, name: string, report: object) => tellAtLast(sink, { source: 'PacketCapture', uid, name, node: 'n1', message: 'Words.', ...report } as ProgressReport);

  test.each(TROUBLES)('lists and watches that are %s: all is known in the end', async (_, trouble) => {
    await make();
    // What is only late is not tried again: one for each of the two streams.
    const times = trouble.kind === 'slow' ? 2 : 3;
    using lists = proxy.inject(trouble, { when: isList, times });
    using watches = proxy.inject(trouble, { when: ({ isWatch }) => isWatch, times });
    await source.start(() => undefined, life.signal);
    await make();
    const { metadata } = await make();
    // A watch that is cut needs news to be cut in.
    await eventually(async () => {
      await make();
      return watches.calls.length === times;
    });
    expect(lists.calls).toHaveLength(times);
    await api.delete(metadata.name);
    await make();
    await knowsAll();
  });

  test('hundreds of captures in pages, one of which is cut, one refused and one expired', async () => {
    await Promise.all(Array.from({ length: 1100 }, () => make()));
    const isNextPage = (call: PassingCall) => isList(call) && call.query.has('continue');
    // The latest comes first; after the expired one, all come in one answer.
    const troubles = ([{ kind: 'expired' }, { kind: 'refusal', status: 429, retryAfterSeconds: 0 }, { kind: 'close-midway' }] as const).map((trouble) =>
      proxy.inject(trouble, { when: isNextPage, times: 1 }),
    );
    await source.start(() => undefined, life.signal);
    expect(troubles.map(({ calls }) => calls.length)).toEqual([1, 1, 1]);
    expect(namesKnown()).toHaveLength(1100);
    await make();
    await knowsAll();
  });

  test('connections that are reset in the TLS handshake', async () => {
    const target = Number(new URL(proxy.url).port);
    const sockets = new Set<Socket>();
    let resets = 0;
    const door = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', (hello) => {
        if (resets < 6) {
          resets += 1;
          socket.resetAndDestroy();
          return;
        }
        const onward = connect(target, '127.0.0.1', () => onward.write(hello));
        sockets.add(onward);
        onward.on('error', () => socket.destroy());
        socket.on('close', () => onward.destroy());
        socket.pipe(onward).pipe(socket);
      });
    }).listen(0, '127.0.0.1');
    await once(door, 'listening');
    try {
      const connection = await loadConnection({ kubeconfig: proxy.kubeconfig });
      const server = new URL(proxy.url);
      server.port = String((door.address() as { port: number }).port);
      const through = new KubernetesClient({ ...connection, server }, { requestTimeout: 2000 });
      clients.push(through);
      const { watching } = agentOf(through);
      await make();
      await watching.start(() => undefined, life.signal);
      await make();
      await knowsAll(watching);
      expect(resets).toBe(6);
    } finally {
      life.abort(new Error('test over'));
      for (const socket of sockets) socket.destroy();
      door.close();
    }
  });

  test('silence for longer than a request may take', async () => {
    const hasty = agentOf(client, 2000).watching;
    await hasty.start(() => undefined, life.signal);
    await eventually(() => proxy.openWatches === 2);
    proxy.fallSilent();
    await make();
    await expect(client.get(CAPTURES)).rejects.toThrow('no answer within 2 s');
    proxy.speak();
    await knowsAll(hasty);
  });

  test('an API server that fails for long, is stopped and comes back at the same address', async () => {
    await source.start(() => undefined, life.signal);
    await make();
    await knowsAll();
    {
      using broken = proxy.inject({ kind: 'refusal', status: 500 });
      proxy.cutWatches();
      await broken.untilHits(20);
    }
    await make();
    await knowsAll();
    await api.server.stop();
    await realClock.sleep(500);
    await api.server.restart();
    await make();
    await knowsAll();
  });

  test('the wall clock does not matter to lists, watches and writes', async () => {
    const clock = new (class extends SystemClock {
      by = 0;
      override now(): number {
        return super.now() + this.by;
      }
    })();
    const options = { client, clock, namespace: NAMESPACE, backoff: { first: 20, longest: 200 }, counterInterval: 100 };
    const watching = new PacketCaptureSource({ ...options, node: 'n1' });
    sink = new PacketCaptureStatusSink({ ...options, records: watching });
    await watching.start(() => undefined, life.signal);
    const { metadata: { uid, name } } = await make();
    await eventually(() => watching.get(uid));
    for (const [by, report] of [[86_400_000, scheduled], [-86_400_000, running(1)], [0, running(2)], [-31_536_000_000, running(3)], [31_536_000_000, ended()]] as const) {
      clock.by = by;
      proxy.cutWatches();
      await tell(uid, name, report);
    }
    expect(await api.statusOf(name)).toMatchObject({ progress: 'finished', packets: { captured: 42 } });
    await make();
    await knowsAll(watching);
  });

  test.each(TROUBLES.filter(([, { kind }]) => kind !== 'slow'))('the end of a capture whose writes are ten times %s: told once, as it is', async (_, trouble) => {
    await source.start(() => undefined, life.signal);
    const { metadata: { uid, name } } = await make();
    await eventually(() => source.get(uid));
    await tell(uid, name, scheduled);
    await tell(uid, name, running(5));
    const told: string[] = [];
    const watching = new AbortController();
    const { resourceVersion } = (await api.get(name)).metadata;
    const watch = (async () => {
      for await (const { object } of api.client.watch(CAPTURES, { query: { resourceVersion }, signal: watching.signal })) told.push((object.status as { progress: string }).progress);
    })();
    watch.catch(() => undefined);
    // Once it is carried out, there is nothing left to write: then no more than the first is met.
    const isCarriedOut = trouble.kind === 'lose-answer' || trouble.kind === 'close-midway';
    using lurking = proxy.inject(trouble, { when: isStatusWrite, times: 10 });
    await tell(uid, name, ended());
    expect(lurking.calls.length).toBeGreaterThanOrEqual(isCarriedOut ? 1 : 10);
    await tell(uid, name, ended());
    expect(await api.statusOf(name)).toMatchObject({ progress: 'finished', reason: 'TimeLimit', completionTime: '2026-11-21T00:10:00Z', packets: { captured: 42 } });
    await api.client.patch(`${CAPTURES}/${name}`, 'merge', { metadata: { labels: { end: 'of-test' } } });
    await eventually(() => told.length >= 2);
    watching.abort();
    // The end, and the label.
    expect(told).toEqual(['finished', 'finished']);
  });

  test('the end of a capture that somebody else changes ten times just before it is written: told once, as it is', async () => {
    await source.start(() => undefined, life.signal);
    const { metadata: { uid, name } } = await make();
    await eventually(() => source.get(uid));
    await tell(uid, name, scheduled);
    await tell(uid, name, running(5));
    const telling = tell(uid, name, ended());
    for (let change = 1; change <= 10; change += 1) {
      using held = proxy.inject({ kind: 'hold' }, { when: isStatusWrite, times: 1 });
      await held.untilHits(1);
      await api.client.patch(`${CAPTURES}/${name}`, 'merge', { metadata: { labels: { change: String(change) } } });
    }
    await telling;
    expect(await api.statusOf(name)).toMatchObject({ progress: 'finished', reason: 'TimeLimit', packets: { captured: 42 } });
  });
});
