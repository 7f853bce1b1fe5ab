import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aboutAnnotatedPod, aboutPacketCapture, EventSink, KubernetesClient, type KubernetesObject } from '../../../src/adapters/kubernetes/index.ts';
import type { Logger } from '../../../src/core/logger.ts';
import type { ProgressReport } from '../../../src/core/progress-sink.ts';
import { ManualClock } from '../../../src/testing/index.ts';
import { requires } from '../../harness/requirements.ts';
import { CaptureApi, ended, NAMESPACE, released, running, scheduled } from './capture-api.ts';
import { realClock } from './real-clock.ts';
import { ScriptedApi, sendJson } from './scripted-api.ts';

const reports = (name: string, uid: string) => (report: object, message = 'Words.') =>
  ({ source: 'PacketCapture', uid, name, node: 'n1', message, ...report }) as ProgressReport;

const options = { clock: realClock, about: aboutPacketCapture(NAMESPACE), instance: 'n1/pcapper-abc', backoff: { first: 10, longest: 50 } };

requires('kube-apiserver').describe('Events', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const eventsOf = async (name: string) => {
    const { items } = await api.client.list<KubernetesObject & Record<string, unknown>>(`/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`);
    return items
      .filter((event) => (event['regarding'] as { name: string }).name === name)
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
  };

  test('one for each change, with all that the API server wants of one', async () => {
    using sink = new EventSink({ ...options, client: api.client });
    const { metadata: { uid } } = await api.make('told');
    const report = reports('told', uid);
    for (const step of [scheduled, running(1), running(2), running(3), ended()]) await sink.report(report(step));
    await sink.flush();
    const events = await eventsOf('told');
    expect(events.map(({ reason, action, type }) => [reason, action, type])).toEqual([
      ['Scheduled', 'Claim', 'Normal'],
      ['Running', 'Capture', 'Normal'],
      ['Finished', 'TimeLimit', 'Normal'],
    ]);
    expect(events[0]).toMatchObject({
      regarding: { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', namespace: NAMESPACE, name: 'told', uid },
      reportingController: 'pcapper.io/agent',
      reportingInstance: 'n1/pcapper-abc',
      note: 'Words.',
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as unknown,
    });
  });

  test('of a Pod that asks by annotations, for each change and each capture of the same request', async () => {
    const pod = await api.client.create('/api/v1/namespaces/default/pods', { metadata: { name: 'web.0' }, spec: { containers: [{ name: 'main', image: 'none' }] } });
    const { uid } = pod.metadata;
    let isThere = true;
    const pods = { find: () => (isThere ? { namespace: 'default', name: 'web.0', uid, cgroupUid: uid, labels: {}, hostNetwork: false, live: true } : undefined) };
    const request = { source: 'PodAnnotation', uid: `${uid}.0123456789abcdef`, name: 'default.web.0', node: 'n1' };
    const target = { kind: 'pod', namespace: 'default', name: 'web.0', uid, cgroupUid: uid, hostNetwork: false };
    const report = (step: object) => ({ ...request, message: 'Words.', ...step }) as ProgressReport;
    const told = async () => {
      const { items } = await api.client.list<KubernetesObject & Record<string, unknown>>('/apis/events.k8s.io/v1/namespaces/default/events');
      const mine = items.filter((event) => (event['regarding'] as { uid: string }).uid === uid).sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
      for (const event of mine) expect(event['regarding']).toEqual({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web.0', uid });
      return mine.map(({ reason, action, type }) => [reason, action, type].join(' '));
    };
    const steps = [{ progress: 'scheduled', warnings: ['Mind the ring.'] }, { ...running(1), startTime: 1 }, { ...running(2), startTime: 1 }, { progress: 'removed', target }];
    const expected = ['CaptureScheduled Claim Warning', 'CaptureRunning Capture Normal', 'CaptureRemoved Remove Normal'];

    const about = aboutAnnotatedPod(pods);
    using sink = new EventSink({ ...options, about, client: api.client });
    for (const step of steps) await sink.report(report(step));
    await sink.flush();
    expect(await told()).toEqual(expected);
    // Asked for again.
    for (const step of [{ progress: 'scheduled' }, { ...running(1), startTime: 2 }]) await sink.report(report(step));
    await sink.flush();
    const again = ['CaptureScheduled Claim Normal', 'CaptureRunning Capture Normal'];
    expect(await told()).toEqual([...expected, ...again]);
    // The next agent goes on with it, and later the Pod goes.
    using next = new EventSink({ ...options, about, client: api.client });
    await next.report(report({ ...running(1), startTime: 2 }));
    await next.report(report({ ...ended('DiskFilled'), startTime: 2 }));
    isThere = false;
    await next.report(report({ progress: 'removed', target }));
    await next.flush();
    expect(await told()).toEqual([...expected, ...again, 'CaptureFailure DiskFilled Warning']);
  });

  test('of a Pod that asks again for what was refused, each refusal; of the next agent, what is new', async () => {
    const pod = await api.client.create('/api/v1/namespaces/default/pods', { metadata: { name: 'refused' }, spec: { containers: [{ name: 'main', image: 'none' }] } });
    const { uid } = pod.metadata;
    const report = (step: object) => ({ source: 'PodAnnotation', uid: `${uid}.0123456789abcdef`, name: 'default.refused', node: 'n1', message: 'Words.', ...step }) as ProgressReport;
    const refusal = (message: string) => report({ ...ended('DiskBudget'), startTime: undefined, message });
    const told = async () => {
      const { items } = await api.client.list<KubernetesObject & { note?: string; regarding?: { uid: string } }>('/apis/events.k8s.io/v1/namespaces/default/events');
      return items.filter(({ regarding, note }) => regarding?.uid === uid && note !== 'Words.').map(({ note }) => note).sort();
    };
    const agent = () => new EventSink({ ...options, about: aboutAnnotatedPod({ find: () => undefined }), client: api.client });
    using sink = agent();
    for (const step of [report(scheduled), refusal('2 MB are free.'), report(scheduled), refusal('2 MB are free.'), refusal('2 MB are free.')]) await sink.report(step);
    await sink.flush();
    expect(await told()).toEqual(['2 MB are free.', '2 MB are free.']);
    using next = agent();
    for (const step of [report(scheduled), refusal('2 MB are free.')]) await next.report(step);
    await next.flush();
    expect(await told()).toEqual(['2 MB are free.', '2 MB are free.']);
    using another = agent();
    for (const step of [report(scheduled), refusal('3 MB are free.'), refusal('4 MB are free.')]) await another.report(step);
    await another.flush();
    expect(await told()).toEqual(['2 MB are free.', '2 MB are free.', '3 MB are free.', '4 MB are free.']);
  });

  test('none for files that were removed long after the end', async () => {
    using sink = new EventSink({ ...options, client: api.client });
    const { metadata: { uid } } = await api.make('removed-files');
    await sink.report(reports('removed-files', uid)({ ...ended(), files: [], filesRemoved: true }));
    await sink.flush();
    expect(await eventsOf('removed-files')).toEqual([]);
  });

  test('an agent that tells it again after a restart makes no second one', async () => {
    const { metadata: { uid } } = await api.make('again');
    const report = reports('again', uid);
    for (let agent = 1; agent <= 2; agent += 1) {
      const told: string[] = [];
      using sink = new EventSink({ ...options, client: api.client, logger: collecting(told) });
      await sink.report(report(scheduled));
      await sink.report(report(ended('DiskFilled')));
      await sink.flush();
      expect(told).toEqual([]);
    }
    expect((await eventsOf('again')).map(({ reason, action, type }) => [reason, action, type])).toEqual([
      ['Scheduled', 'Claim', 'Normal'],
      ['Failure', 'DiskFilled', 'Warning'],
    ]);
  });

  test('taken, given back, taken again: each is told', async () => {
    using sink = new EventSink({ ...options, client: api.client });
    const { metadata: { uid } } = await api.make('moved');
    const report = reports('moved', uid);
    for (const step of [scheduled, released, scheduled, released]) await sink.report(report(step));
    await sink.flush();
    expect((await eventsOf('moved')).map(({ reason }) => reason)).toEqual(['Scheduled', 'Released', 'Scheduled', 'Released']);
  });

  test('long words and long names are cut, not refused', async () => {
    using sink = new EventSink({ ...options, client: api.client, instance: 'n'.repeat(300) });
    const name = `${'a'.repeat(199)}.${'b'.repeat(53)}`;
    const { metadata: { uid } } = await api.make(name);
    await sink.report(reports(name, uid)(ended('FilterInvalid'), 'ö'.repeat(2000)));
    await sink.flush();
    const [event] = await eventsOf(name);
    expect(Buffer.byteLength(String(event?.['note']))).toBeLessThanOrEqual(1024);
    expect(event?.['note']).toMatch(/^ö{500,}…$/);
  });

  test('reports of other sources make none', async () => {
    using sink = new EventSink({ ...options, client: api.client });
    await sink.report({ ...reports('annotated', 'x')(scheduled), source: 'PodAnnotation' });
    await sink.flush();
    expect(await eventsOf('annotated')).toEqual([]);
  });
});

describe('Events towards an API server in trouble', () => {
  test('are tried again after 429 and 500, in order', async () => {
    const answers = [429, 500, 503];
    const made: string[] = [];
    await using api = await ScriptedApi.start((request, response) => {
      const statusCode = answers.shift();
      if (statusCode) { sendJson(response, statusCode, { kind: 'Status', reason: 'Trouble' }); return; }
      made.push((JSON.parse(request.body) as { reason: string }).reason);
      sendJson(response, 201, {});
    });
    using client = new KubernetesClient(api.connection);
    using sink = new EventSink({ ...options, client });
    const report = reports('tried', 'u');
    for (const step of [scheduled, running(1), ended()]) await sink.report(report(step));
    await sink.flush();
    expect(made).toEqual(['Scheduled', 'Running', 'Finished']);
  });

  test('are given up with a line in the log: a refusal at once, trouble after four tries', async () => {
    let statusCode = 403;
    await using api = await ScriptedApi.start((_, response) => sendJson(response, statusCode, { kind: 'Status', reason: 'No' }));
    using client = new KubernetesClient(api.connection);
    const told: string[] = [];
    using sink = new EventSink({ ...options, client, logger: collecting(told) });
    await sink.report(reports('refused', 'u')(scheduled));
    await sink.flush();
    expect(api.seen).toHaveLength(1);
    statusCode = 500;
    await sink.report(reports('refused', 'u')(running(1)));
    await sink.flush();
    expect(api.seen).toHaveLength(5);
    expect(told).toEqual(['an Event could not be made', 'an Event could not be made']);
  });

  test('wait until what they tell of has gone ahead, but not when the agent ends', async () => {
    const clock = new ManualClock();
    await using api = await ScriptedApi.start((_, response) => sendJson(response, 201, {}));
    using client = new KubernetesClient(api.connection);
    const sink = new EventSink({ ...options, client, clock });
    const report = reports('late', 'u');
    await sink.report(report(scheduled));
    await client.get('/what-goes-ahead');
    expect(api.seen.map(({ method }) => method)).toEqual(['GET']);
    await clock.advance(250);
    await sink.flush();
    expect(api.seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
    await sink.report(report(running(1)));
    await sink.close(3_000);
    expect(api.seen.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
  });

  test('go out before a sink is let go of that is awaited', async () => {
    await using api = await ScriptedApi.start((_, response) => sendJson(response, 201, {}));
    using client = new KubernetesClient(api.connection);
    {
      await using sink = new EventSink({ ...options, client, clock: new ManualClock() });
      await sink.report(reports('last', 'u')(scheduled));
    }
    expect(api.seen.map(({ method }) => method)).toEqual(['POST']);
  });

  test('are waited for until a signal is aborted, and go out all the same', async () => {
    const clock = new ManualClock();
    await using api = await ScriptedApi.start((_, response) => sendJson(response, 201, {}));
    using client = new KubernetesClient(api.connection);
    using sink = new EventSink({ ...options, client, clock });
    await sink.report(reports('waiting', 'u')(scheduled));
    const enough = new AbortController();
    const flushed = sink.flush(enough.signal);
    enough.abort(new Error('enough'));
    await expect(flushed).rejects.toThrow('enough');
    expect(api.seen).toEqual([]);
    await clock.advance(250);
    await sink.flush();
    expect(api.seen.map(({ method }) => method)).toEqual(['POST']);
  });

  test('do not pile up, and end with the sink', async () => {
    await using api = await ScriptedApi.start(() => undefined);
    using client = new KubernetesClient(api.connection);
    const told: string[] = [];
    const sink = new EventSink({ ...options, client, logger: collecting(told) });
    for (let index = 0; index < 250; index += 1) await sink.report(reports('many', `u${index}`)(scheduled));
    expect(told).toHaveLength(49);
    const flushed = sink.flush();
    sink[Symbol.dispose]();
    await flushed;
  });
});

function collecting(told: string[]): Logger {
  const log = (_: object, message: string) => void told.push(message);
  return { debug: log, info: log, warn: log, error: log };
}
