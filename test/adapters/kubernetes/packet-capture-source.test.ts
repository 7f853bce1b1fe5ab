import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { KubernetesClient, type KubernetesObject, PacketCaptureSource, PacketCaptureStatusSink } from '../../../src/adapters/kubernetes/index.ts';
import { requires } from '../../harness/requirements.ts';
import { CaptureApi, ended, NAMESPACE, NodeSide, released, scheduled } from './capture-api.ts';
import { eventually } from './eventually.ts';
import { realClock } from './real-clock.ts';
import { ScriptedApi, sendJson } from './scripted-api.ts';

requires('kube-apiserver').describe('PacketCaptures as a source', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
  });
  let nodes: NodeSide[] = [];
  afterEach(() => {
    for (const node of nodes) node[Symbol.dispose]();
    nodes = [];
  });
  const onNode = (name: string, look?: ConstructorParameters<typeof NodeSide>[2]) => {
    const node = new NodeSide(api.client, name, look);
    nodes.push(node);
    return node.start();
  };

  test('knows the unclaimed and its own, whatever their progress, and not those of others', async () => {
    const [unclaimed, assigned, finished, foreign, job] = await Promise.all(['unclaimed', 'assigned', 'finished', 'foreign', 'job'].map((name) => api.make(name)));
    await api.assign('assigned', { node: 'n1' });
    await api.assign('finished', { node: 'n1', progress: 'finished', reason: 'TimeLimit' });
    await api.assign('foreign', { node: 'n2', progress: 'running' });
    await api.assign('job', { node: 'n1', progress: 'scheduled', dispatcher: 'Job' });
    const { source } = await onNode('n1');
    expect(source.isSynced).toBe(true);
    expect(new Set(source.uids())).toEqual(new Set([unclaimed, assigned, finished].map((capture) => capture?.metadata.uid)));
    const get = (capture = unclaimed) => source.get(capture?.metadata.uid ?? '');
    expect(get()).toMatchObject({ name: 'unclaimed', recorded: {}, stop: false, demand: { valid: true, request: { target: { kind: 'pod', name: 'web-1' } } } });
    expect(get(assigned)?.recorded).toEqual({ node: 'n1' });
    expect(get(finished)?.recorded).toEqual({ node: 'n1', progress: 'finished' });
    expect(get(foreign)).toBeUndefined();
    expect(get(job)).toBeUndefined();
  });

  test('is told of new captures, stop and retainFiles, and of nothing twice', async () => {
    const node = await onNode('n1');
    node.told.length = 0;
    const { metadata: { uid } } = await api.make('followed');
    await node.known(uid);
    await api.client.patch(`/apis/pcapper.io/v1alpha1/namespaces/${NAMESPACE}/packetcaptures/followed`, 'merge', { spec: { stop: true, retainFiles: true } });
    await node.known(uid, ({ stop, retainFiles }) => stop && retainFiles);
    await api.client.patch(`/apis/pcapper.io/v1alpha1/namespaces/${NAMESPACE}/packetcaptures/followed`, 'merge', { metadata: { labels: { some: 'label' } } });
    const { metadata: { uid: next } } = await api.make('next');
    await node.known(next);
    expect(node.told).toEqual([uid, uid, next]);
  });

  test('a claim moves captures from one stream to the other without a moment in which they are unknown', async () => {
    // Without care for the order of streams and answers, one of ten is unknown for a moment.
    const node = await onNode('n1', (source, uid) => source.get(uid)?.recorded.node ?? (source.get(uid) ? 'unclaimed' : 'unknown'));
    const other = await onNode('n2');
    const captures = await Promise.all(Array.from({ length: 50 }, (_, index) => api.make(`handed-over-${index}`)));
    const uids = captures.map(({ metadata }) => metadata.uid);
    await Promise.all(uids.flatMap((uid) => [node.known(uid), other.known(uid)]));
    await Promise.all(
      captures.map(async (capture) => {
        await node.report(capture, scheduled);
        expect(node.source.get(capture.metadata.uid)?.recorded).toEqual({ node: 'n1', progress: 'scheduled' });
      }),
    );
    await eventually(() => uids.every((uid) => other.source.get(uid) === undefined));
    const [marker, ownMarker] = await Promise.all(['handed-over-marker', 'handed-over-own-marker'].map((name) => api.make(name)));
    await api.assign('handed-over-own-marker', { node: 'n1' });
    await node.known(marker?.metadata.uid ?? '');
    await node.known(ownMarker?.metadata.uid ?? '', ({ recorded }) => recorded.node === 'n1');
    for (const uid of uids) expect(node.seen.get(uid)).toEqual(['unclaimed', 'n1']);
    const [first] = captures;
    if (!first) throw new Error('nothing was made');
    await node.report(first, ended());
    await node.known(first.metadata.uid, ({ recorded }) => recorded.progress === 'finished');
  });

  test('a deletion is forgotten on both streams, also when it comes right after a claim', async () => {
    const node = await onNode('n1');
    const captures = await Promise.all(Array.from({ length: 20 }, (_, index) => api.make(`deleted-${index}`)));
    await Promise.all(captures.map(({ metadata }) => node.known(metadata.uid)));
    await Promise.all(
      captures.map(async (capture) => {
        await Promise.allSettled([node.report(capture, scheduled), api.delete(capture.metadata.name)]);
      }),
    );
    await eventually(() => captures.every(({ metadata }) => node.source.get(metadata.uid) === undefined));
  });

  test('gone: deleted, or made anew; not gone: there, another kind of 404, unreachable', async () => {
    const { source } = await onNode('n1');
    const { metadata: { uid } } = await api.make('perhaps');
    const identity = { uid, name: 'perhaps' };
    expect(await source.isGone(identity)).toBe(false);
    await api.delete('perhaps');
    expect(await source.isGone(identity)).toBe(true);
    await api.make('perhaps');
    expect(await source.isGone(identity)).toBe(true);

    using nowhere = new KubernetesClient({ server: new URL('https://127.0.0.1:1'), requestOptions: () => Promise.resolve({}) });
    const lonely = new PacketCaptureSource({ client: nowhere, clock: realClock, namespace: NAMESPACE, node: 'n1' });
    expect(await lonely.isGone(identity)).toBe(false);
  });

  test('of a capture that no stream has, the API server itself tells the present state', async () => {
    const { source } = await onNode('n1');
    const { metadata: { uid } } = await api.make('elsewhere');
    await api.assign('elsewhere', { progress: 'running', node: 'n9' });
    await eventually(() => source.get(uid) === undefined);
    expect(await source.look({ uid, name: 'elsewhere' })).toMatchObject({ uid, recorded: { progress: 'running', node: 'n9' } });
    expect(await source.look({ uid: 'another', name: 'elsewhere' })).toBeUndefined();
    await api.delete('elsewhere');
    expect(await source.look({ uid, name: 'elsewhere' })).toBeUndefined();
  });

  test('what goes with the CRD is not gone, not while it is deleted, not without it, not with it again', async () => {
    const node = await onNode('n1');
    const { metadata: { uid } } = await api.make('outlives');
    await node.known(uid);
    const { createdAt } = node.source.get(uid) ?? {};
    expect(createdAt).toBeGreaterThan(0);
    const identity = { uid, name: 'outlives', createdAt };
    const isGone = async (): Promise<boolean> => node.source.isGone(identity);
    const isDeleted = api.uninstall({ held: true });
    await eventually(() => api.get('outlives').then(() => false, () => true));
    expect(await isGone()).toBe(false);
    await api.letCrdGo();
    await isDeleted;
    expect(await isGone()).toBe(false);
    // Times of objects are of whole seconds.
    await eventually(() => Date.now() > (createdAt ?? 0) + 1000);
    await api.install();
    const { metadata: { uid: next } } = await api.make('after-install');
    await node.known(next);
    expect(await isGone()).toBe(false);
    await api.make('outlives');
    expect(await isGone()).toBe(false);

    const after = { uid: next, name: 'after-install', createdAt: node.source.get(next)?.createdAt };
    await api.delete('after-install');
    expect(await node.source.isGone(after)).toBe(true);
  });

  test('goes through a restart of the API server', async () => {
    const node = await onNode('n1');
    await api.server.restart();
    const { metadata: { uid } } = await api.make('after-restart');
    await node.known(uid);
    expect(node.source.lastContact).toBeGreaterThan(0);
  });
});

describe('news in an unlucky order', () => {
  const capture = (resourceVersion: number, status?: object): KubernetesObject => ({
    metadata: { name: 'web', uid: 'uid-web', resourceVersion: String(resourceVersion) },
    spec: { targetNamespace: 'shop', targetPod: 'web-1' },
    status,
  });
  const mine = (resourceVersion: number) => capture(resourceVersion, { node: 'n1', progress: 'scheduled' });

  /** Streams that say what the test says, when it says it. */
  async function twoStreams(lists: { own: KubernetesObject[]; unclaimed: KubernetesObject[] }, relistInterval = 600_000) {
    const watches: Partial<Record<'own' | 'unclaimed', ServerResponse>> = {};
    let relists = 0;
    const writes: ServerResponse[] = [];
    let stored: KubernetesObject | undefined;
    const api = await ScriptedApi.start(({ method, url: { pathname, searchParams } }, response) => {
      const stream = searchParams.get('fieldSelector') === 'status.node=n1' ? 'own' : 'unclaimed';
      if (pathname.startsWith('/apis/apiextensions.k8s.io/')) sendJson(response, 404, { kind: 'Status', reason: 'NotFound', details: { name: 'packetcaptures.pcapper.io' } });
      else if (method === 'PATCH') writes.push(response);
      else if (pathname.endsWith('/web') && stored) sendJson(response, 200, stored);
      else if (pathname.endsWith('/web')) sendJson(response, 404, { kind: 'Status', reason: 'NotFound', details: { name: 'web', group: 'pcapper.io' } });
      else if (!searchParams.has('watch')) sendJson(response, 200, { metadata: { resourceVersion: '10' }, items: lists[stream] });
      else {
        response.writeHead(200).flushHeaders();
        watches[stream] = response;
        const seconds = Number(searchParams.get('timeoutSeconds'));
        if (seconds < 60) setTimeout(() => response.end(), seconds * 1000);
      }
    });
    const client = new KubernetesClient(api.connection);
    const life = new AbortController();
    const source = new PacketCaptureSource({
      client,
      clock: realClock,
      namespace: NAMESPACE,
      node: 'n1',
      relistInterval,
      relisted: (cause) => (relists += Number(cause === 'interval')),
    });
    const told: string[] = [];
    const tell = (uid: string) => {
      if (uid === 'uid-web') told.push(source.get(uid)?.recorded.node ?? (source.get(uid) ? 'unclaimed' : 'unknown'));
    };
    await source.start(tell, life.signal);
    await eventually(() => watches.own && watches.unclaimed);
    const sink = new PacketCaptureStatusSink({ client, clock: realClock, namespace: NAMESPACE, records: source });
    return {
      source,
      told,
      report: (report: { progress: 'scheduled' } | typeof released) =>
        sink.report({ source: 'PacketCapture', uid: 'uid-web', name: 'web', node: 'n1', message: '', ...report }),
      /** Resolves when a write has come, for its answer. */
      write: () => eventually(() => writes.shift()),
      store: (object: KubernetesObject) => {
        stored = object;
      },
      relists: () => relists,
      say: (stream: 'own' | 'unclaimed', type: string, object: KubernetesObject) => watches[stream]?.write(`${JSON.stringify({ type, object })}\n`),
      async [Symbol.asyncDispose]() {
        life.abort(new Error('test over'));
        sink[Symbol.dispose]();
        client[Symbol.dispose]();
        await api[Symbol.asyncDispose]();
      },
    };
  }

  test('the own stream may be ahead of the other one, and behind it', async () => {
    await using streams = await twoStreams({ own: [], unclaimed: [capture(5)] });
    const { source, told, say } = streams;
    say('own', 'ADDED', mine(11));
    await eventually(() => told.at(-1) === 'n1');
    say('unclaimed', 'MODIFIED', capture(9));
    say('unclaimed', 'DELETED', mine(11));
    say('unclaimed', 'ADDED', { ...capture(12), metadata: { name: 'marker', uid: 'uid-marker', resourceVersion: '12' } });
    await eventually(() => source.get('uid-marker'));
    say('own', 'DELETED', capture(12));
    await eventually(() => told.at(-1) === 'unknown');
    say('unclaimed', 'ADDED', capture(12));
    await eventually(() => told.at(-1) === 'unclaimed');
    expect(told).toEqual(['unclaimed', 'n1', 'unknown', 'unclaimed']);
    expect(new Set(source.uids())).toEqual(new Set(['uid-web', 'uid-marker']));
  });

  const conflict = { kind: 'Status', code: 409, reason: 'Conflict' };
  const marker = (resourceVersion: number) => ({ ...capture(resourceVersion), metadata: { name: 'marker', uid: 'uid-marker', resourceVersion: String(resourceVersion) } });

  test('what this node claims and gives back stays known, whatever comes before the answer', async () => {
    await using streams = await twoStreams({ own: [], unclaimed: [capture(5)] });
    const { source, told, say } = streams;
    const claiming = streams.report({ progress: 'scheduled' });
    const claim = await streams.write();
    say('unclaimed', 'DELETED', capture(11));
    say('unclaimed', 'ADDED', marker(12));
    await eventually(() => source.get('uid-marker'));
    expect(source.get('uid-web')?.recorded).toEqual({});
    expect([...source.uids()]).toContain('uid-web');
    sendJson(claim, 200, mine(11));
    await claiming;
    expect(source.get('uid-web')?.recorded.node).toBe('n1');
    say('own', 'ADDED', mine(11));
    const releasing = streams.report(released);
    const release = await streams.write();
    say('own', 'DELETED', mine(13));
    say('own', 'ADDED', { ...mine(14), metadata: { ...marker(14).metadata, uid: 'uid-own-marker' } });
    await eventually(() => source.get('uid-own-marker'));
    expect(source.get('uid-web')?.recorded.node).toBe('n1');
    sendJson(release, 200, capture(13));
    await releasing;
    expect(told).toEqual(['unclaimed', 'n1', 'unclaimed']);
  });

  test('what another node claims meanwhile, or somebody deletes, is unknown once this node’s claim has failed', async () => {
    await using streams = await twoStreams({ own: [], unclaimed: [capture(5)] });
    const { source, told, say } = streams;
    const claiming = streams.report({ progress: 'scheduled' });
    const lost = expect(claiming).rejects.toThrow('taken by node n2');
    const claim = await streams.write();
    say('unclaimed', 'DELETED', capture(11));
    say('unclaimed', 'ADDED', marker(12));
    await eventually(() => source.get('uid-marker'));
    streams.store(capture(11, { node: 'n2', progress: 'scheduled' }));
    sendJson(claim, 409, conflict);
    await lost;
    expect(source.get('uid-web')).toBeUndefined();
    expect([...source.uids()]).not.toContain('uid-web');
    expect(told).toEqual(['unclaimed', 'unknown']);
  });

  test('the answer to a write that comes after the news of the deletion revives nothing', async () => {
    await using streams = await twoStreams({ own: [mine(5)], unclaimed: [] });
    const { source, told, say } = streams;
    say('own', 'DELETED', mine(12));
    await eventually(() => told.at(-1) === 'unknown');
    source.adopt(mine(11));
    expect(source.get('uid-web')).toBeUndefined();
  });

  test('what was written is forgotten when a later list does not have it', async () => {
    await using streams = await twoStreams({ own: [], unclaimed: [] }, 1000);
    const { source, told, relists } = streams;
    source.adopt(mine(11));
    expect(source.get('uid-web')?.recorded.node).toBe('n1');
    await eventually(() => relists() >= 2);
    expect(source.get('uid-web')).toBeUndefined();
    expect(told).toEqual(['n1', 'unknown']);
  });

  test('a 404 that says NotFound counts only while the CRD is there', async () => {
    await using streams = await twoStreams({ own: [], unclaimed: [] });
    expect(await streams.source.isGone({ uid: 'uid-web', name: 'web' })).toBe(false);
  });
});
