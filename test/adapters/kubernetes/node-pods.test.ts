import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { KubernetesClient, type KubernetesObject, loadConnection, NodePods } from '../../../src/adapters/kubernetes/index.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { eventually } from './eventually.ts';
import { realClock } from './real-clock.ts';
import { ScriptedApi, sendJson } from './scripted-api.ts';

requires('kube-apiserver').describe('the Pods of a node', () => {
  let server: KubeApiserver;
  let client: KubernetesClient;
  beforeAll(async () => {
    server = await KubeApiserver.start();
    client = new KubernetesClient(await loadConnection({ kubeconfig: server.kubeconfig }));
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });
  let abort: AbortController;
  beforeEach(() => {
    abort = new AbortController();
  });
  afterEach(() => abort.abort(new Error('test over')));

  const path = '/api/v1/namespaces/default/pods';
  const make = (name: string, spec: object = {}, metadata: object = {}) =>
    client.create(path, {
      metadata: { name, ...metadata },
      spec: { nodeName: 'n1', terminationGracePeriodSeconds: 3600, containers: [{ name: 'main', image: 'none' }], ...spec },
    });
  const setStatus = (name: string, status: object) => client.patch(`${path}/${name}/status`, 'merge', { status });
  const start = async () => {
    const pods = new NodePods({ client, clock: realClock, node: 'n1', backoff: { first: 20, longest: 200 } });
    const told: string[] = [];
    await pods.start((namespace, name) => told.push(`${namespace}/${name}`), abort.signal);
    return { pods, told };
  };
  const running = { phase: 'Running', podIP: '10.0.0.7', podIPs: [{ ip: '10.0.0.7' }] };
  const container = (state: object) => ({ name: 'main', image: 'none', imageID: '', ready: false, restartCount: 0, state });

  test('knows those of this node only, by namespace and name', async () => {
    const pod = await make('here');
    await make('there', { nodeName: 'n2' });
    await make('nowhere', { nodeName: undefined });
    const { pods } = await start();
    expect(pods.isSynced).toBe(true);
    expect(pods.find('default', 'here')).toEqual({
      namespace: 'default',
      name: 'here',
      uid: pod.metadata.uid,
      cgroupUid: pod.metadata.uid,
      labels: {},
      hostNetwork: false,
      live: false,
    });
    for (const [namespace, name] of [['default', 'there'], ['default', 'nowhere'], ['other', 'here']] as const) {
      expect(pods.find(namespace, name)).toBeUndefined();
    }
  });

  test('knows the labels by now, and tells when they change', async () => {
    await make('labelled', {}, { labels: { capture: 'allowed' } });
    const { pods, told } = await start();
    expect(pods.find('default', 'labelled')?.labels).toEqual({ capture: 'allowed' });
    told.length = 0;
    await client.patch(`${path}/labelled`, 'merge', { metadata: { labels: { capture: null } } });
    await eventually(() => told.length === 1);
    expect([told, pods.find('default', 'labelled')?.labels]).toEqual([['default/labelled'], {}]);
  });

  test('is live from its address to its end, and tells only what matters', async () => {
    const { pods, told } = await start();
    told.length = 0;
    const live = () => pods.find('default', 'life')?.live;
    await make('life');
    await eventually(() => live() === false);
    await setStatus('life', { ...running, phase: 'Pending' });
    await eventually(live);
    await setStatus('life', running);
    await setStatus('life', { containerStatuses: [container({ running: { startedAt: '2026-11-21T00:00:00Z' } })] });
    await setStatus('life', { phase: 'Succeeded' });
    await eventually(() => live() === false);
    expect(told).toEqual(['default/life', 'default/life', 'default/life']);
  });

  test('is live while it terminates, until its last container has ended', async () => {
    const { pods } = await start();
    await make('terminating');
    await setStatus('terminating', { ...running, containerStatuses: [container({ running: { startedAt: '2026-11-21T00:00:00Z' } })] });
    await eventually(() => pods.find('default', 'terminating')?.live);
    const deleted = (await client.delete(`${path}/terminating`)) as KubernetesObject;
    expect(deleted.metadata.deletionTimestamp).toBeDefined();
    const marker = await make('marker');
    await eventually(() => pods.find('default', 'marker')?.uid === marker.metadata.uid);
    expect(pods.find('default', 'terminating')?.live).toBe(true);
    await setStatus('terminating', { containerStatuses: [container({ terminated: { exitCode: 0, startedAt: null, finishedAt: null } })] });
    await eventually(() => pods.find('default', 'terminating')?.live === false);
  });

  test('a Pod made anew under its name is another one', async () => {
    const { pods, told } = await start();
    const first = await make('stateful-0');
    await eventually(() => pods.find('default', 'stateful-0')?.uid === first.metadata.uid);
    await client.delete(`${path}/stateful-0`, { gracePeriodSeconds: 0 });
    await eventually(() => pods.find('default', 'stateful-0') === undefined);
    const second = await make('stateful-0');
    await eventually(() => pods.find('default', 'stateful-0')?.uid === second.metadata.uid);
    expect(told.filter((name) => name === 'default/stateful-0')).toHaveLength(3);
  });

  test('hostNetwork, and the uid that the kubelet gave a static Pod', async () => {
    await make('static', { hostNetwork: true }, { annotations: { 'kubernetes.io/config.hash': 'abc123', 'kubernetes.io/config.mirror': 'abc123' } });
    const { pods } = await start();
    expect(pods.find('default', 'static')).toMatchObject({ hostNetwork: true, cgroupUid: 'abc123' });
  });

  test('no Pod is taken for another whose uid it is annotated with', async () => {
    const { metadata: { uid } } = await make('posing', {}, { annotations: { 'kubernetes.io/config.hash': 'uid-of-another' } });
    const pose = (key: string) => client.patch(`${path}/posing`, 'merge', { metadata: { annotations: { [key]: 'uid-of-another' } } });
    await expect(pose('kubernetes.io/config.mirror')).rejects.toThrow('may not add mirror pod annotation');
    const { pods } = await start();
    expect(pods.find('default', 'posing')).toMatchObject({ uid, cgroupUid: uid });
  });

  test('annotations about captures, of Pods that run', async () => {
    const { pods } = await start();
    const { metadata: { uid } } = await make('asking', {}, { annotations: { 'tcpdump.antrea.io': '5', other: 'x' } });
    await make('silent', {}, { annotations: { other: 'x' } });
    await setStatus('silent', { phase: 'Running', podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.9' }] });
    await eventually(() => pods.find('default', 'silent')?.live);
    expect(pods.annotated('default', 'silent')).toBeUndefined();
    expect(Object.keys(pods.find('default', 'silent') ?? {}).sort()).toEqual(['cgroupUid', 'hostNetwork', 'labels', 'live', 'name', 'namespace', 'uid']);
    expect(pods.annotated('default', 'asking')).toBeUndefined();
    await setStatus('asking', { phase: 'Running', podIP: '10.0.0.8', podIPs: [{ ip: '10.0.0.8' }] });
    await eventually(() => pods.annotated('default', 'asking'));
    expect(pods.annotated('default', 'asking')).toEqual({ namespace: 'default', name: 'asking', uid, annotations: { 'tcpdump.antrea.io': '5' } });
    await client.patch(`${path}/asking`, 'merge', { metadata: { annotations: { 'tcpdump.antrea.io': null } } });
    await eventually(() => pods.annotated('default', 'asking') === undefined);
  });

  test('one watch for all who listen; who comes later is told what is known', async () => {
    await make('early');
    const { pods, told } = await start();
    await eventually(() => pods.find('default', 'early'));
    const later: string[] = [];
    const gone = new AbortController();
    await pods.start((namespace, name) => later.push(`${namespace}/${name}`), gone.signal);
    expect(later).toContain('default/early');
    await make('late');
    await eventually(() => later.includes('default/late') && told.includes('default/late'));
    gone.abort();
    await make('latest');
    await eventually(() => told.includes('default/latest'));
    expect(later).not.toContain('default/latest');
  });

  test('goes through a restart of the API server', async () => {
    const { pods } = await start();
    await server.restart();
    await make('after-restart');
    await eventually(() => pods.find('default', 'after-restart'));
  });
});

test('a list that has the Pod which took a name over from another', async () => {
  const pod = (uid: string) => ({ metadata: { name: 'web-0', namespace: 'shop', uid, resourceVersion: uid } });
  const lists = [[pod('1')], [pod('2')]];
  await using api = await ScriptedApi.start(({ url: { searchParams } }, response) => {
    if (!searchParams.has('watch')) sendJson(response, 200, { metadata: { resourceVersion: '5' }, items: lists.shift() ?? [pod('2')] });
    else setTimeout(() => response.writeHead(200).end(), Number(searchParams.get('timeoutSeconds')) * 1000);
  });
  using client = new KubernetesClient(api.connection);
  const abort = new AbortController();
  const pods = new NodePods({ client, clock: realClock, node: 'n1', relistInterval: 800 });
  await pods.start(() => undefined, abort.signal);
  expect(pods.find('shop', 'web-0')?.uid).toBe('1');
  await eventually(() => lists.length === 0 && pods.find('shop', 'web-0')?.uid !== '1');
  expect(pods.find('shop', 'web-0')?.uid).toBe('2');
  abort.abort(new Error('test over'));
});
