import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubernetesClient, PodAnnotationSource } from '../../../src/adapters/kubernetes/index.ts';
import { type AnnotatedPod, observeAnnotations } from '../../../src/api/annotations/index.ts';
import { FilterInvalidError } from '../../../src/core/errors/index.ts';
import { ManualClock } from '../../../src/testing/index.ts';
import { ScriptedApi, sendJson } from './scripted-api.ts';

const POD: AnnotatedPod = { namespace: 'shop', name: 'web.0', uid: 'pod-1', annotations: { 'tcpdump.antrea.io': '2' } };
const identity = observeAnnotations(POD);

/** Pods of the node as a test has them. */
class Pods {
  pod: AnnotatedPod | undefined;
  tell: (namespace: string, name: string) => void = () => undefined;

  annotated(): AnnotatedPod | undefined {
    return this.pod;
  }

  start(changed: (namespace: string, name: string) => void): Promise<void> {
    this.tell = changed;
    return Promise.resolve();
  }

  become(annotations: AnnotatedPod['annotations'] | undefined, uid = 'pod-1'): void {
    this.pod = annotations && { ...POD, uid, annotations };
    this.tell(POD.namespace, POD.name);
  }
}

let api: ScriptedApi;
let client: KubernetesClient;
let answer: { readonly status: number; readonly body: unknown };
let clock: ManualClock;
let pods: Pods;
let source: PodAnnotationSource;
const said: string[] = [];
beforeEach(async () => {
  api = await ScriptedApi.start((_, response) => sendJson(response, answer.status, answer.body));
  client = new KubernetesClient(api.connection);
  clock = new ManualClock();
  pods = new Pods();
  said.length = 0;
  const tell = (level: string) => (_: unknown, message: string) => void said.push(`${level}: ${message}`);
  const logger = { debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') };
  const refusalOf = ({ filter }: { readonly filter?: string }) => Promise.resolve(filter === 'icmp and and' ? new FilterInvalidError(filter, 'LINUX_SLL2', 'syntax error') : undefined);
  source = new PodAnnotationSource({ client, clock, pods, logger, refusalOf });
});
afterEach(async () => {
  client[Symbol.dispose]();
  await api[Symbol.asyncDispose]();
});

const found = (annotations: Readonly<Record<string, string>> | undefined, uid = 'pod-1') =>
  ({ status: 200, body: { metadata: { namespace: 'shop', name: 'web.0', uid, resourceVersion: '1', annotations } } });
const refused = (code: number, reason: string, details = {}) => ({ status: code, body: { kind: 'Status', code, reason, details } });

describe('what a Pod asked for', () => {
  it.each<[what: string, { readonly status: number; readonly body: unknown }]>([
    ['the Pod is not there', refused(404, 'NotFound', { name: 'web.0', kind: 'pods' })],
    ['another Pod has its name', found({ 'tcpdump.antrea.io': '2' }, 'pod-2')],
    ['another Pod has its name, with an annotation that is nonsense', found({ 'tcpdump.antrea.io': 'x' }, 'pod-2')],
    ['the Pod has no annotation', found(undefined)],
    ['the Pod has other annotations', found({ other: 'x' })],
    ['only a filter is left', found({ 'pcapper.io/filter': 'icmp' })],
    ['the Pod asks for another number', found({ 'tcpdump.antrea.io': '3' })],
    ['the Pod asks by the other key', found({ 'pcapper.io/capture': '2' })],
  ])('is gone when %s', async (_, given) => {
    answer = given;
    expect(await source.isGone(identity)).toBe(true);
    expect(api.seen.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual(['GET /api/v1/namespaces/shop/pods/web.0']);
  });

  it.each<[what: string, { readonly status: number; readonly body: unknown }]>([
    ['it is still asked for', found({ 'tcpdump.antrea.io': '2', other: 'x' })],
    ['the new value is nonsense', found({ 'tcpdump.antrea.io': 'five' })],
    ['both keys are set', found({ 'tcpdump.antrea.io': '2', 'pcapper.io/capture': '2' })],
    ['the new filter does not compile', found({ 'pcapper.io/capture': '2', 'pcapper.io/filter': 'icmp and and' })],
    ['a 404 is about something else', refused(404, 'NotFound', { name: 'other' })],
    ['a 404 says nothing', { status: 404, body: 'page not found' }],
    ['the API server refuses', refused(403, 'Forbidden')],
    ['the credentials are wrong', refused(401, 'Unauthorized')],
    ['the API server is in trouble', refused(500, 'InternalError')],
    ['the answer is nonsense', { status: 200, body: { metadata: null } }],
    ['the answer is of no Pod', { status: 200, body: { kind: 'Status', metadata: {}, status: 'Failure', code: 503 } }],
    ['the answer is of another Pod', { status: 200, body: { metadata: { namespace: 'shop', name: 'other', uid: 'pod-2' } } }],
    ['the answer is of another namespace', { status: 200, body: { metadata: { namespace: 'yard', name: 'web.0', uid: 'pod-2' } } }],
  ])('is not gone when %s', async (_, given) => {
    answer = given;
    expect(await source.isGone(identity)).toBe(false);
  });

  it('is not gone when the API server is away', async () => {
    await api[Symbol.asyncDispose]();
    expect(await source.isGone(identity)).toBe(false);
    api = await ScriptedApi.start(() => undefined);
  });

  it('is asked about again when its Pod has changed, or after a while', async () => {
    const told: string[] = [];
    await source.start((uid) => told.push(uid), new AbortController().signal);
    pods.become({ 'tcpdump.antrea.io': 'five' });
    answer = found({ 'tcpdump.antrea.io': 'five' });
    for (let times = 0; times < 3; times += 1) expect(await source.isGone(identity)).toBe(false);
    expect(api.seen).toHaveLength(1);
    await clock.advance(30_000);
    expect(await source.isGone(identity)).toBe(false);
    expect(api.seen).toHaveLength(2);
    told.length = 0;
    answer = found(undefined);
    pods.become(undefined);
    expect(told).toContain(identity.uid);
    expect(await source.isGone(identity)).toBe(true);
    expect(await source.isGone(identity)).toBe(true);
    expect(api.seen).toHaveLength(4);
  });

  it('is not believed to be there by an answer that the watch has overtaken: it is to be asked about again', async () => {
    const told: string[] = [];
    await source.start((uid) => told.push(uid), new AbortController().signal);
    answer = found({ 'tcpdump.antrea.io': 'five' });
    const asked = source.isGone(identity);
    pods.become({ 'tcpdump.antrea.io': 'six' });
    expect(told).toContain(identity.uid);
    pods.become(undefined);
    expect(await asked).toBe(false);
    answer = found(undefined);
    expect(await source.isGone(identity)).toBe(true);
  });

  it('is warned of once where it cannot be asked about', async () => {
    answer = refused(403, 'Forbidden');
    await source.isGone(identity);
    await source.isGone(identity);
    expect(said).toEqual(['warn: whether captures are still asked for cannot be told: they go on', 'debug: whether it is still asked for cannot be told']);
  });
});

describe('annotations as requests', () => {
  it('are told as they come and go, the one before first', async () => {
    const told: string[] = [];
    await source.start((uid) => told.push(uid), new AbortController().signal);
    pods.become({ 'tcpdump.antrea.io': '2' });
    pods.become({ 'tcpdump.antrea.io': '2' });
    expect([...source.uids()]).toEqual([identity.uid]);
    expect(source.get(identity.uid)).toEqual(identity);
    pods.become({ 'tcpdump.antrea.io': '3' });
    const [next = ''] = source.uids();
    expect(source.get(identity.uid)).toBeUndefined();
    pods.become(undefined);
    expect([...source.uids()]).toEqual([]);
    expect(told).toEqual([identity.uid, identity.uid, next, next]);
  });

  it('of another Pod of the name are others', async () => {
    await source.start(() => undefined, new AbortController().signal);
    pods.become({ 'tcpdump.antrea.io': '2' });
    pods.become({ 'tcpdump.antrea.io': '2' }, 'pod-2');
    expect([...source.uids()]).toEqual([expect.stringMatching(/^pod-2\./)]);
  });

  it('that are not allowed are requests that say so', async () => {
    await source.start(() => undefined, new AbortController().signal);
    pods.become({ 'tcpdump.antrea.io': 'five' });
    const [uid = ''] = source.uids();
    expect(source.get(uid)?.demand).toMatchObject({ valid: false, target: { namespace: 'shop', name: 'web.0', uid: 'pod-1' }, error: { code: 'RequestInvalid' } });
  });
});
