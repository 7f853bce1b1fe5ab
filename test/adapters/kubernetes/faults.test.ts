import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedKubernetes, type Fault, type WatchStream } from '../../../examples/demo/embedded-kubernetes/index.ts';
import { KubernetesClient, PacketCaptureSource, PacketCaptureStatusSink } from '../../../src/adapters/kubernetes/index.ts';
import { packetCaptureCrd, type PacketCaptureStatus } from '../../../src/api/v1alpha1/index.ts';
import type { ProgressReport } from '../../../src/core/progress-sink.ts';
import { ended, NAMESPACE, running, scheduled } from './capture-api.ts';
import { eventually } from './eventually.ts';
import { realClock } from './real-clock.ts';
import { tellAtLast } from './tell-at-last.ts';

const FAULTS: readonly [string, Fault][] = [
  ['reset', { kind: 'reset' }],
  ['cut midway', { kind: 'close-midway' }],
  ['silent', { kind: 'silence' }],
  ['slow', { kind: 'slow', ms: 300 }],
  ['expired', { kind: 'expired' }],
  ['busy', { kind: 'refusal', status: 429, retryAfterSeconds: 0 }],
  ['broken', { kind: 'refusal', status: 500 }],
  ['unavailable', { kind: 'refusal', status: 503 }],
  ['forbidden for a while', { kind: 'refusal', status: 403 }],
];

describe('an API server in trouble', () => {
  let api: EmbeddedKubernetes;
  let client: KubernetesClient;
  let source: PacketCaptureSource;
  let sink: PacketCaptureStatusSink;
  let life: AbortController;
  beforeEach(async () => {
    api = await EmbeddedKubernetes.start({ definitions: [packetCaptureCrd()], namespaces: [NAMESPACE], bookmarkEveryMs: 100 });
    client = new KubernetesClient({ server: new URL(api.url), requestOptions: () => Promise.resolve({}) }, { requestTimeout: 1000 });
    const options = { client, clock: realClock, namespace: NAMESPACE, silenceLimit: 1000, backoff: { first: 20, longest: 100 }, counterInterval: 100 };
    source = new PacketCaptureSource({ ...options, node: 'n1' });
    sink = new PacketCaptureStatusSink({ ...options, records: source });
    life = new AbortController();
  });
  afterEach(async () => {
    life.abort(new Error('test over'));
    sink[Symbol.dispose]();
    client[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  const reference = (name: string) => ({ apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', namespace: NAMESPACE, name });
  const make = (name: string) => {
    const { apiVersion, kind, namespace } = reference(name);
    return api.create({ apiVersion, kind, metadata: { name, namespace }, spec: { targetNamespace: 'shop', targetPod: 'web-1' } });
  };
  const statusOf = (name: string) => (api.get(reference(name))['status'] ?? {}) as PacketCaptureStatus;

  const tell = (uid: string, name: string, report: object) => tellAtLast(sink, { source: 'PacketCapture', uid, name, node: 'n1', message: 'Words.', ...report } as ProgressReport);

  test.each(FAULTS)('lists and watches that are %s: all is known in the end', async (_, fault) => {
    make('before');
    api.faults.inject(fault, { when: ({ isWatch }) => !isWatch, times: 2 });
    using watches = api.faults.inject(fault, { when: ({ isWatch }) => isWatch, times: 2 });
    await source.start(() => undefined, life.signal);
    make('during');
    const removed = make('removed');
    await watches.untilHits(2);
    api.delete(reference('removed'));
    make('after');
    const names = () => [...source.uids()].map((uid) => source.get(uid)?.name).sort();
    await eventually(() => names().join() === 'after,before,during');
    expect(source.get(removed.metadata.uid)).toBeUndefined();
  });

  test.each(FAULTS)('writes that are %s: each arrives, and a claim is not taken for another’s', async (_, fault) => {
    await source.start(() => undefined, life.signal);
    const uid = make('written').metadata.uid;
    await eventually(() => source.get(uid));
    for (const report of [scheduled, running(5), ended()]) {
      using hit = api.faults.inject(fault, { when: ({ method }) => method === 'PATCH', times: 1 });
      await tell(uid, 'written', report);
      expect(hit.hits).toBe(1);
      expect(statusOf('written')).toMatchObject({ progress: report.progress, node: 'n1' });
    }
  });

  test('watches that fall silent, are cut or expire while they are open', async () => {
    await source.start(() => undefined, life.signal);
    const ways: readonly (readonly [way: (watch: WatchStream) => void, endsAtOnce: boolean])[] = [
      [(watch) => watch.silence(), false],
      [(watch) => watch.cutNextEvent(), false],
      [(watch) => watch.close(), true],
      [(watch) => watch.reset(), true],
      [(watch) => watch.expire(), true],
    ];
    for (const [index, [way, endsAtOnce]] of ways.entries()) {
      await eventually(() => api.watches.length >= 2);
      // A bookmark has come on each, so that silence can be told from quiet.
      const since = realClock.uptime();
      await eventually(() => (source.lastContact ?? 0) > since);
      const watches = [...api.watches];
      if (index === ways.length - 1) api.expireHistory();
      watches.forEach(way);
      if (endsAtOnce) await eventually(() => watches.every((watch) => !api.watches.includes(watch)));
      const uid = make(`after-${index}`).metadata.uid;
      await eventually(() => source.get(uid));
    }
  });
});
