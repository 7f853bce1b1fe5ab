import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { childName } from '../../../src/operator/sets/child.ts';
import { SET_RULES, SET_TARGET_RULES } from '../../../src/operator/sets/index.ts';
import { time } from '../../../src/api/v1alpha1/time.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { ApiProxy } from '../../faults/api-proxy.ts';
import type { PassingCall, Trouble } from '../../faults/api-trouble.ts';
import { requires } from '../../harness/requirements.ts';
import { grant } from '../grant.ts';
import { captureOf, CAPTURES, type Child, Cluster, conditionOf, counted, NAMESPACE, podOf, SETS } from './cluster.ts';
import { Operator } from './operator.ts';

requires('kube-apiserver').describe('PacketCaptureSets on a real API server', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start();
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  let clock: ManualClock;
  let operator: Operator;
  let shop: string;
  beforeEach(async () => {
    // Everything here is older than it looks to the API server.
    clock = new ManualClock({ now: Math.floor(Date.now() / 1000) * 1000 + 3_600_000 });
    operator = await Operator.start(cluster.server.kubeconfig, clock);
    shop = await cluster.namespace();
  });
  afterEach(async () => {
    await operator.stop();
    await cluster.clear();
  });

  const web = () => ({ targetNamespace: shop, targetRef: { kind: 'Deployment', name: 'web' } });
  const appWeb = () => ({ targetNamespace: shop, selector: { matchLabels: { app: 'web' } } });
  const labels = { app: 'web' };
  const makeWeb = (replicas = 2) => cluster.makeWorkload(shop, 'Deployment', 'web', replicas);
  const restart = async () => {
    await operator.stop();
    operator = await Operator.start(cluster.server.kubeconfig, clock);
  };
  /** Lets retries and intervals come. */
  const passing = () => clock.advance(1_000);

  async function one(set: string, podName: string): Promise<Child> {
    return eventually(async () => (await cluster.children(set)).find((child) => podOf(child) === podName));
  }

  test('makes a PacketCapture for each Pod, bound to its uid, with the limits of the template, owned by the set', async () => {
    await makeWeb();
    const first = await cluster.podOf(shop, 'web', 'a1', 'x');
    const second = await cluster.podOf(shop, 'web', 'a1', 'y');
    const template = { targetInterface: 'eth0', captureSeconds: '60', captureFilter: 'icmp', maxFileSize: '2M', fileCount: 3, maxPackets: 9, snapLength: 96 };
    const set = await cluster.makeSet('web', { ...web(), template, retainFiles: true });
    const children = await cluster.captures('web', [first.metadata.name, second.metadata.name]);
    expect(children[0]).toMatchObject({
      metadata: {
        name: childName({ name: 'web', uid: set.metadata.uid }, first.metadata.uid),
        labels: { 'pcapper.io/set-uid': set.metadata.uid },
        ownerReferences: [{ apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCaptureSet', name: 'web', uid: set.metadata.uid, controller: true }],
      },
      spec: { ...template, targetNamespace: shop, targetPod: first.metadata.name, targetPodUID: first.metadata.uid, captureSeconds: 60, retainFiles: true, stop: false },
    });
    expect(children[1]?.spec).toMatchObject({ targetPod: second.metadata.name, targetPodUID: second.metadata.uid });
    const status = await cluster.status('web', ({ capturesTotal }) => capturesTotal?.count === 2);
    expect(status).toMatchObject({ observedGeneration: 1, progress: 'scheduled', capturesTotal: { count: 2, scheduled: 0, running: 0, finished: 0, failure: 0 } });
    expect(conditionOf(status, 'TargetFound')).toEqual({ status: 'True', reason: 'PodsFound', message: '2 Pods match, 2 of them run.' });
    expect(conditionOf(status, 'Covered')).toMatchObject({ status: 'True', reason: 'AllPods' });
    expect(conditionOf(status, 'Accepted')).toMatchObject({ status: 'True' });
  });

  test('sums up, and ends with its captures when its time is over', async () => {
    for (const name of ['a', 'b']) await cluster.makePod(shop, name, { labels });
    await cluster.makeSet('web', { ...appWeb(), template: { captureSeconds: 60 } });
    const children = await cluster.captures('web', ['a', 'b']);
    for (const child of children) await cluster.take(child);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.scheduled === 2);
    const start = time(clock.now());
    for (const child of children) await cluster.run(child, clock, 5);
    const running = await cluster.status('web', ({ capturesTotal, packets }) => capturesTotal?.running === 2 && packets?.captured === 10, passing);
    expect(running).toMatchObject({ progress: 'running', startTime: start, message: '2 captures: 2 running. 2 Pods match, 2 of them run.' });
    expect(conditionOf(running, 'Capturing').status).toBe('True');
    expect(conditionOf(running, 'Complete').status).toBe('False');
    await clock.advance(60_000);
    const lossless = { conditions: [{ type: 'Lossless', status: 'True', reason: 'NothingLost', message: '', lastTransitionTime: '2026-01-01T00:01:00Z' }] } as const;
    for (const child of children) await cluster.end(child, clock, { captured: 21, ...lossless });
    const ended = await cluster.status('web', ({ progress }) => progress === 'finished');
    expect(ended).toMatchObject({
      reason: 'TimeLimit',
      message: 'Its time is over. 2 captures: 2 finished.',
      completionTime: children.length > 0 && (await cluster.children('web'))[1]?.status?.completionTime,
      capturesTotal: { count: 2, scheduled: 0, running: 0, finished: 2, failure: 0 },
      packets: counted(42),
      filesTotal: { count: 2, bytes: 90 },
    });
    expect(ended.captures).toMatchObject([
      { pod: 'a', node: 'n1', progress: 'finished', reason: 'TimeLimit', packets: counted(21) },
      { pod: 'b', node: 'n1', progress: 'finished', reason: 'TimeLimit', packets: counted(21) },
    ]);
    expect(conditionOf(ended, 'Complete')).toMatchObject({ status: 'True', reason: 'TimeLimit' });
    expect(conditionOf(ended, 'Capturing')).toMatchObject({ status: 'False', reason: 'TimeLimit' });
    expect(conditionOf(ended, 'Lossless')).toMatchObject({ status: 'True', reason: 'NothingLost' });
  });

  test('a rollout and scaling: old captures stay, new Pods get the time that is left', async () => {
    await makeWeb();
    for (const suffix of ['x', 'y']) await cluster.podOf(shop, 'web', 'a1', suffix);
    await cluster.makeSet('web', { ...web(), template: { captureSeconds: 100 } });
    const [x, y] = await cluster.captures('web', ['web-a1-x', 'web-a1-y']);
    if (!x || !y) throw new Error('no captures');
    for (const child of [x, y]) await cluster.run(child, clock);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.running === 2);

    await clock.advance(40_500);
    await cluster.podOf(shop, 'web', 'b2', 'z', 'Pending');
    await cluster.status('web', (status) => conditionOf(status, 'TargetFound').message?.startsWith('3 Pods match, 2'), passing);
    await cluster.setPhase(shop, 'web-b2-z', 'Running');
    const z = await one('web', 'web-b2-z');
    expect(z.spec.captureSeconds).toBe(100 - Math.ceil((clock.uptime() - 3_600_000) / 1000));
    await cluster.deletePod(shop, 'web-a1-x');
    await cluster.end(x, clock, { captured: 7, reason: 'TargetGone' });
    await cluster.run(z, clock);
    const rolled = await cluster.status('web', ({ capturesTotal }) => capturesTotal?.finished === 1 && capturesTotal.running === 2);
    expect(captureOf(rolled, 'web-a1-x')).toMatchObject({ progress: 'finished', reason: 'TargetGone', packets: counted(7) });

    await clock.advance(20_000);
    await cluster.scale(shop, 'Deployment', 'web', 3);
    await cluster.podOf(shop, 'web', 'b2', 'w');
    const w = await one('web', 'web-b2-w');
    expect(Number(w.spec.captureSeconds)).toBeLessThan(Number(z.spec.captureSeconds));
    await cluster.run(w, clock);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.running === 3);
    await clock.advance(100_000);
    await cluster.podOf(shop, 'web', 'b2', 'late');
    for (const child of [y, z, w]) await cluster.end(child, clock, { captured: 1 });
    const ended = await cluster.status('web', ({ progress }) => progress === 'finished');
    expect(ended).toMatchObject({ reason: 'TimeLimit', packets: counted(10), capturesTotal: { count: 4, finished: 4 } });
    expect((await cluster.children('web')).map(podOf)).toEqual(['web-a1-x', 'web-a1-y', 'web-b2-w', 'web-b2-z']);
  });

  test('a StatefulSet: a Pod that takes the name of another has a capture of its own', async () => {
    const db = await cluster.makeWorkload(shop, 'StatefulSet', 'db', 1);
    const controller = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: db.metadata.uid };
    const make = () => cluster.makePod(shop, 'db-0', { labels: { app: 'db' }, controller });
    const former = await make();
    await cluster.makeSet('db', { targetNamespace: shop, targetRef: { kind: 'StatefulSet', name: 'db' } });
    const [captureOfFormer] = await cluster.captures('db', ['db-0']);
    if (!captureOfFormer) throw new Error('no capture');
    await cluster.run(captureOfFormer, clock);
    await cluster.deletePod(shop, 'db-0');
    const latter = await make();
    const [a, b] = await cluster.captures('db', ['db-0', 'db-0']);
    expect(new Set([a?.spec.targetPodUID, b?.spec.targetPodUID])).toEqual(new Set([former.metadata.uid, latter.metadata.uid]));
    await cluster.end(captureOfFormer, clock, { reason: 'TargetGone', captured: 3 });
    const status = await cluster.status('db', ({ capturesTotal }) => capturesTotal?.finished === 1);
    expect(status.captures?.map(({ pod, podUID, progress }) => ({ pod, podUID, progress }))).toEqual([
      { pod: 'db-0', podUID: former.metadata.uid, progress: 'finished' },
      { pod: 'db-0', podUID: latter.metadata.uid, progress: undefined },
    ]);
  });

  test('a Pod that goes before an agent has begun: its capture ends and says so, and no other Pod is captured in its place', async () => {
    await cluster.makePod(shop, 'web-0', { labels });
    await cluster.makeSet('web', appWeb());
    const [former] = await cluster.captures('web', ['web-0']);
    await cluster.deletePod(shop, 'web-0');
    await cluster.makePod(shop, 'web-0', { labels });
    const status = await cluster.status('web', ({ capturesTotal }) => capturesTotal?.failure === 1 && capturesTotal.count === 2);
    expect(status.captures?.[0]).toMatchObject({ name: former?.metadata.name, progress: 'failure', reason: 'PodGone' });
    const ended = await cluster.client.get<Child>(`${CAPTURES}/${former?.metadata.name}`);
    expect(ended.status).toMatchObject({ progress: 'failure', reason: 'PodGone' });
    expect(ended.status).not.toHaveProperty('node');
    expect(ended.status?.message).toBe(
      `Pod ${shop}/web-0 of uid ${former?.spec.targetPodUID} was gone before an agent began to capture it. A Pod that takes its place has a capture of its own.`,
    );
    expect(ended.status?.conditions?.find(({ type }) => type === 'Complete')).toMatchObject({ status: 'False', reason: 'PodGone' });
  });

  test('a capture that is given back is left to be taken again while its Pod is there', async () => {
    await cluster.makePod(shop, 'web-0', { labels });
    await cluster.makeSet('web', appWeb());
    const [child] = await cluster.captures('web', ['web-0']);
    if (!child) throw new Error('no capture');
    await cluster.take(child);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.scheduled === 1);
    await cluster.report(child, { reason: 'TargetMoved' });
    const status = await cluster.status('web', ({ captures }) => captures?.[0]?.reason === 'TargetMoved');
    expect(status).toMatchObject({ progress: 'scheduled', message: '1 capture: 1 not taken by an agent yet. 1 Pod matches, 1 of them runs.' });
    await cluster.deletePod(shop, 'web-0');
    await cluster.status('web', ({ captures }) => captures?.[0]?.reason === 'PodGone');
  });

  test('a Pod whose labels have changed is captured on', async () => {
    await cluster.makePod(shop, 'web-0', { labels });
    await cluster.makeSet('web', appWeb());
    await cluster.captures('web', ['web-0']);
    await cluster.client.patch(`/api/v1/namespaces/${shop}/pods/web-0`, 'merge', { metadata: { labels: { app: 'other' } } });
    const status = await cluster.status('web', (now) => conditionOf(now, 'TargetFound').reason === 'NoPods');
    expect(status.captures).toMatchObject([{ pod: 'web-0' }]);
    expect(status.captures?.[0]).not.toHaveProperty('progress');
    const asked = () => operator.of('GET', /\/pods\/web-0$/).length;
    await eventually(() => asked() === 1);
    await cluster.changeSet('web', { retainFiles: true });
    await cluster.status('web', ({ observedGeneration }) => observedGeneration === 2, passing);
    expect(asked()).toBe(1);
    await cluster.deletePod(shop, 'web-0');
    await cluster.status('web', ({ captures }) => captures?.[0]?.reason === 'PodGone', passing);
  });

  test('captures only Pods of the workload itself', async () => {
    await makeWeb();
    const matching = { app: 'web', 'pod-template-hash': 'a1' };
    await cluster.makePod(shop, 'bare', { labels: matching });
    await cluster.makePod(shop, 'foreign', {
      labels: matching,
      controller: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-canary-a1', uid: 'u' },
    });
    await cluster.makePod(shop, 'of-a-job', { labels: matching, controller: { apiVersion: 'batch/v1', kind: 'Job', name: 'web-a1', uid: 'u' } });
    await cluster.makeWorkload(shop, 'DaemonSet', 'cni');
    await cluster.makePod(shop, 'cni-old', { labels: { app: 'cni' }, controller: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'cni', uid: 'of-a-former-one' } });
    await cluster.makeSet('web', web());
    await cluster.makeSet('cni', { targetNamespace: shop, targetRef: { kind: 'DaemonSet', name: 'cni' } });
    for (const name of ['web', 'cni']) await cluster.status(name, (now) => conditionOf(now, 'TargetFound').reason === 'NoPods');
    await cluster.podOf(shop, 'web', 'a1', 'x');
    await cluster.captures('web', ['web-a1-x']);
    expect(await cluster.children('cni')).toEqual([]);
  });

  test('expressions, Pods that end, and Pods that are being deleted', async () => {
    await cluster.makePod(shop, 'in', { labels: { tier: 'front', track: '' } });
    await cluster.makePod(shop, 'out', { labels: { tier: 'back', track: '' } });
    await cluster.makePod(shop, 'canary', { labels: { tier: 'front', track: 'canary' } });
    await cluster.makePod(shop, 'ended', { labels: { tier: 'front', track: '' }, phase: 'Succeeded' });
    await cluster.makePod(shop, 'leaving', { labels: { tier: 'front', track: '' } });
    await cluster.client.patch(`/api/v1/namespaces/${shop}/pods/leaving`, 'merge', { metadata: { finalizers: ['example.org/stay'] } });
    await cluster.deletePod(shop, 'leaving');
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['front', 'edge'] },
      { key: 'track', operator: 'NotIn', values: ['canary', 'beta'] },
      { key: 'track', operator: 'In', values: [''] },
      { key: 'tier', operator: 'Exists' },
      { key: 'gone', operator: 'DoesNotExist' },
    ];
    await cluster.makeSet('front', { targetNamespace: shop, selector: { matchLabels: { track: '' }, matchExpressions } });
    const status = await cluster.status('front', ({ capturesTotal }) => capturesTotal?.count === 1);
    expect(status.captures).toMatchObject([{ pod: 'in' }]);
    expect(conditionOf(status, 'TargetFound').message).toBe('3 Pods match, 1 of them runs.');
    await cluster.client.patch(`/api/v1/namespaces/${shop}/pods/leaving`, 'merge', { metadata: { finalizers: null } });
  });

  describe('what is missing is told in plain words, and cleared when it comes', () => {
    const absent = async (set: string, reason: string) => {
      const status = await cluster.status(set, (now) => conditionOf(now, 'TargetFound').reason === reason);
      expect(status).not.toHaveProperty('progress');
      expect(conditionOf(status, 'TargetFound').status).toBe('False');
      expect(status.message).toBe(conditionOf(status, 'TargetFound').message);
      return status.message;
    };

    test('a namespace, a workload, its Pods', async () => {
      const late = `${shop}-late`;
      await cluster.makeSet('web', { targetNamespace: late, targetRef: { kind: 'Deployment', name: 'web' } });
      expect(await absent('web', 'NamespaceNotFound')).toBe(`There is no namespace ${late}. Pods are captured as they come.`);
      await cluster.namespace(late);
      expect(await absent('web', 'WorkloadNotFound')).toBe(`There is no Deployment ${late}/web. Pods are captured as they come.`);
      await cluster.makeWorkload(late, 'Deployment', 'web', 0);
      expect(await absent('web', 'ScaledToZero')).toBe(`Deployment ${late}/web is scaled to 0. Pods are captured as they come.`);
      await cluster.scale(late, 'Deployment', 'web', 1);
      expect(await absent('web', 'NoPods')).toBe(`Deployment ${late}/web has no Pods. Pods are captured as they come.`);
      await cluster.podOf(late, 'web', 'a1', 'x', 'Pending');
      const pending = await cluster.status('web', (now) => conditionOf(now, 'TargetFound').status === 'True');
      expect(pending.message).toBe('1 Pod matches, 0 of them run.');
      expect(conditionOf(pending, 'Covered').status).toBe('Unknown');
      await cluster.setPhase(late, 'web-a1-x', 'Running');
      await cluster.captures('web', ['web-a1-x']);
      await cluster.deleteWorkload(late, 'Deployment', 'web');
      await cluster.status('web', (now) => conditionOf(now, 'TargetFound').reason === 'WorkloadNotFound');
    });

    test('Pods that a selector matches', async () => {
      await cluster.makeSet('web', appWeb());
      expect(await absent('web', 'NoPods')).toBe(`No Pod of namespace ${shop} matches "app=web". Pods are captured as they come.`);
      await cluster.makeSet('all', { targetNamespace: shop, selector: {} });
      expect(await absent('all', 'NoPods')).toBe(`There are no Pods in namespace ${shop}. Pods are captured as they come.`);
      await cluster.makePod(shop, 'other');
      await cluster.captures('all', ['other']);
      expect(await cluster.children('web')).toEqual([]);
    });
  });

  test('a Deployment that is made anew with another selector is followed', async () => {
    await makeWeb();
    await cluster.makeSet('web', web());
    await cluster.status('web', (now) => conditionOf(now, 'TargetFound').reason === 'NoPods');
    await cluster.deleteWorkload(shop, 'Deployment', 'web');
    const template = { metadata: { labels: { tier: 'front' } }, spec: { containers: [{ name: 'main', image: 'main' }] } };
    await cluster.client.create(`/apis/apps/v1/namespaces/${shop}/deployments`, {
      metadata: { name: 'web' },
      spec: { selector: { matchLabels: { tier: 'front' } }, template },
    });
    await cluster.makePod(shop, 'web-c3-x', {
      labels: { tier: 'front', 'pod-template-hash': 'c3' },
      controller: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-c3', uid: 'u' },
    });
    await cluster.captures('web', ['web-c3-x']);
  });

  test('maxPods holds for the whole life of a set, the oldest Pods come first, and what is beyond is told', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await cluster.makePod(shop, name, { labels });
    await cluster.makeSet('web', { ...appWeb(), maxPods: '2', template: { captureSeconds: 600 } });
    const status = await cluster.status('web', (now) => conditionOf(now, 'Covered').reason === 'MaxPodsReached');
    expect(conditionOf(status, 'Covered')).toMatchObject({
      status: 'False',
      message:
        'maxPods is 2, and as many Pods were captured since the set began: c, d are not captured. ' +
        'Create another PacketCaptureSet for them, or one with more maxPods (at most 100).',
    });
    const [a, b] = await cluster.captures('web', ['a', 'b']);
    if (!a || !b) throw new Error('no captures');
    await cluster.run(a, clock);
    await cluster.deletePod(shop, 'a');
    await cluster.end(a, clock, { reason: 'TargetGone' });
    await cluster.client.delete(`${CAPTURES}/${a.metadata.name}`);
    await cluster.deletePod(shop, 'c');
    await cluster.status('web', (now) => conditionOf(now, 'Covered').message?.includes(': d is not captured'), passing);
    await restart();
    await cluster.end(b, clock, { reason: 'PacketLimit' });
    const ended = await cluster.status('web', ({ progress }) => progress === 'finished');
    expect(ended).toMatchObject({ reason: 'AllEnded', message: 'As many Pods as maxPods allows were captured, and all captures have ended. 2 captures: 2 finished.' });
    expect((await cluster.children('web')).map(podOf)).toEqual(['b']);
  });

  test('32 Pods by default', async () => {
    const names = Array.from({ length: 34 }, (_, index) => `web-${String(index).padStart(2, '0')}`);
    for (const name of names) await cluster.makePod(shop, name, { labels });
    await cluster.makeSet('web', appWeb());
    const status = await cluster.status('web', ({ capturesTotal }) => capturesTotal?.count === 32);
    expect(conditionOf(status, 'Covered')).toMatchObject({ status: 'False', reason: 'MaxPodsReached' });
    expect(await cluster.children('web')).toHaveLength(32);
  });

  test('stop: captures that run are stopped, one that nobody has taken ends, none begins, and the set has ended as asked', async () => {
    for (const name of ['a', 'b', 'c']) await cluster.makePod(shop, name, { labels });
    await cluster.makeSet('web', appWeb());
    const [a, b, c] = await cluster.captures('web', ['a', 'b', 'c']);
    if (!a || !b || !c) throw new Error('no captures');
    await cluster.run(a, clock, 4);
    await cluster.take(b);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.running === 1 && capturesTotal.scheduled === 1);
    await cluster.changeSet('web', { stop: true });
    await cluster.makePod(shop, 'd', { labels });
    for (const { metadata } of [a, b]) await eventually(async () => (await cluster.client.get<Child>(`${CAPTURES}/${metadata.name}`)).spec.stop);
    const untaken = await eventually(async () => (await cluster.client.get<Child>(`${CAPTURES}/${c.metadata.name}`)).status);
    expect(untaken).toMatchObject({ progress: 'finished', reason: 'Stopped', message: 'It was stopped before it began.' });
    expect((await cluster.getSet('web')).status?.progress).toBe('running');
    for (const child of [a, b]) await cluster.end(child, clock, { reason: 'Stopped', captured: 5 });
    const ended = await cluster.status('web', ({ progress }) => progress === 'finished');
    expect(ended).toMatchObject({ reason: 'Stopped', observedGeneration: 2, message: 'It was stopped. 3 captures: 3 finished.', packets: counted(10) });
    expect(await cluster.children('web')).toHaveLength(3);
  });

  test('stop before anything has begun', async () => {
    await cluster.makeSet('early', { ...appWeb(), stop: true });
    expect(await cluster.status('early', ({ progress }) => progress)).toMatchObject({ progress: 'finished', reason: 'Stopped', message: 'It was stopped.', capturesTotal: { count: 0 } });
    await cluster.makeSet('waiting', appWeb());
    await cluster.status('waiting', ({ conditions }) => conditions);
    await cluster.changeSet('waiting', { stop: true });
    expect(await cluster.status('waiting', ({ progress }) => progress)).toMatchObject({ progress: 'finished', reason: 'Stopped' });
  });

  test('nothing runs much beyond the time of the set; what nobody took is told', async () => {
    for (const name of ['a', 'b', 'c']) await cluster.makePod(shop, name, { labels });
    await cluster.makeSet('web', { ...appWeb(), template: { captureSeconds: 60 } });
    const [a, b, c] = await cluster.captures('web', ['a', 'b', 'c']);
    if (!a || !b || !c) throw new Error('no captures');
    await cluster.run(a, clock);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.running === 1);
    await clock.advance(50_000);
    await cluster.run(b, clock);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.running === 2);
    await clock.advance(10_000);
    const untaken = await eventually(async () => (await cluster.client.get<Child>(`${CAPTURES}/${c.metadata.name}`)).status);
    expect(untaken).toMatchObject({ progress: 'failure', reason: 'NotTaken' });
    expect(untaken.message).toContain('kubectl get pods -n pcapper -o wide');
    await cluster.end(a, clock);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.failure === 1 && capturesTotal.finished === 1);
    expect((await cluster.client.get<Child>(`${CAPTURES}/${b.metadata.name}`)).spec.stop).toBe(false);
    await clock.advance(5_000);
    await eventually(async () => (await cluster.client.get<Child>(`${CAPTURES}/${b.metadata.name}`)).spec.stop);
    await cluster.end(b, clock, { reason: 'Stopped' });
    const ended = await cluster.status('web', ({ progress }) => progress === 'finished');
    expect(ended).toMatchObject({
      reason: 'Partial',
      message: `Its time is over. 3 captures: 2 finished, 1 failed. Failed: ${c.metadata.name} (NotTaken); kubectl describe tells why.`,
    });
  });

  test('when all captures failed, the set has', async () => {
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', { ...appWeb(), template: { captureSeconds: 60 } });
    const [a] = await cluster.captures('web', ['a']);
    if (!a) throw new Error('no capture');
    await cluster.report(a, { progress: 'failure', node: 'n1', reason: 'DiskBudgetExceeded', completionTime: '2026-01-01T00:00:00Z' });
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.failure === 1);
    await clock.advance(60_000);
    const ended = await cluster.status('web', ({ progress }) => progress === 'failure');
    expect(ended).toMatchObject({ reason: 'CapturesFailed', capturesTotal: { count: 1, failure: 1 } });
    expect(conditionOf(ended, 'Complete')).toMatchObject({ status: 'False', reason: 'CapturesFailed' });
  });

  test('losses of one capture are told of the set', async () => {
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', appWeb());
    const [a] = await cluster.captures('web', ['a']);
    if (!a) throw new Error('no capture');
    const condition = { type: 'Lossless', status: 'False', reason: 'PacketsLost', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' } as const;
    await cluster.report(a, { progress: 'running', node: 'n1', startTime: '2026-01-01T00:00:00Z', packets: { captured: 1, received: 3, dropped: 2 }, conditions: [condition] });
    const status = await cluster.status('web', (now) => conditionOf(now, 'Lossless').status === 'False');
    expect(conditionOf(status, 'Lossless').message).toBe(`Packets were lost in ${a.metadata.name}.`);
    expect(status.packets).toEqual({ captured: 1, received: 3, dropped: 2 });
    await cluster.client.delete(`${CAPTURES}/${a.metadata.name}`);
    const after = await cluster.status('web', ({ captures }) => captures?.[0]?.reason === 'Deleted');
    expect(conditionOf(after, 'Lossless').status).toBe('False');
  });

  test('counters are written every 2 s at most, progress at once', async () => {
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', appWeb());
    const [a] = await cluster.captures('web', ['a']);
    if (!a) throw new Error('no capture');
    await cluster.run(a, clock, 1);
    await cluster.status('web', ({ progress }) => progress === 'running');
    const writes = () => operator.of('PATCH', /packetcapturesets\/web\/status$/);
    const since = clock.uptime();
    for (let captured = 2; captured < 12; captured += 1) {
      await cluster.run(a, clock, captured);
      await clock.advance(500);
    }
    await cluster.status('web', ({ packets }) => packets?.captured === 11, () => clock.advance(100));
    const times = [since, ...writes().map(({ at }) => at).filter((at) => at > since)];
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(0);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_000);
    await cluster.end(a, clock, { captured: 12 });
    await cluster.status('web', ({ capturesTotal, packets }) => capturesTotal?.finished === 1 && packets?.captured === 12);
  });

  test('an operator that comes later goes on with the time that is left, and makes nothing twice', async () => {
    for (const name of ['a', 'b']) await cluster.makePod(shop, name, { labels });
    await cluster.makeSet('web', { ...appWeb(), template: { captureSeconds: 100 } });
    const [a, b] = await cluster.captures('web', ['a', 'b']);
    if (!a || !b) throw new Error('no captures');
    await cluster.run(a, clock);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.running === 1);
    await operator.stop();
    await clock.advance(30_000);
    await cluster.deletePod(shop, 'a');
    await cluster.end(a, clock, { reason: 'TargetGone', captured: 2 });
    await cluster.deletePod(shop, 'b');
    await cluster.makePod(shop, 'c', { labels });
    operator = await Operator.start(cluster.server.kubeconfig, clock);
    const c = await one('web', 'c');
    expect(c.spec.captureSeconds).toBe(70);
    const status = await cluster.status('web', ({ capturesTotal }) => capturesTotal?.failure === 1 && capturesTotal.finished === 1);
    expect(status.captures?.map(({ pod, reason }) => [pod, reason])).toEqual([
      ['a', 'TargetGone'],
      ['b', 'PodGone'],
      ['c', undefined],
    ]);
    await cluster.run(c, clock);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.running === 1);
    await restart();
    await clock.advance(70_000);
    await cluster.end(c, clock);
    await cluster.status('web', ({ progress, reason }) => progress === 'finished' && reason === 'Partial');
    expect((await cluster.children('web')).map(({ metadata }) => metadata.uid).sort()).toEqual([a, b, c].map(({ metadata }) => metadata.uid).sort());
  });

  test('a set whose time ran out while no operator was there ends', async () => {
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', { ...appWeb(), template: { captureSeconds: 60 } });
    const [a] = await cluster.captures('web', ['a']);
    if (!a) throw new Error('no capture');
    await cluster.run(a, clock);
    await cluster.status('web', ({ progress }) => progress === 'running');
    await operator.stop();
    await clock.advance(3_600_000);
    await cluster.end(a, clock);
    await cluster.makePod(shop, 'late', { labels });
    operator = await Operator.start(cluster.server.kubeconfig, clock);
    expect(await cluster.status('web', ({ progress }) => progress === 'finished')).toMatchObject({ reason: 'TimeLimit', capturesTotal: { count: 1 } });
    expect(await cluster.children('web')).toHaveLength(1);
  });

  test.each([86_400_000, -86_400_000])('a step of its wall clock by %i ms changes nothing', async (step) => {
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', { ...appWeb(), template: { captureSeconds: 60 } });
    const [a] = await cluster.captures('web', ['a']);
    if (!a) throw new Error('no capture');
    clock.jump(step);
    await cluster.report(a, { progress: 'running', node: 'n1', startTime: '2026-01-01T00:00:00Z' });
    await cluster.status('web', ({ progress }) => progress === 'running');
    await clock.advance(30_000);
    await cluster.makePod(shop, 'b', { labels });
    expect((await one('web', 'b')).spec.captureSeconds).toBe(30);
  });

  test('a node whose clock is behind takes no time from the set of an operator that comes later', async () => {
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', { ...appWeb(), template: { captureSeconds: 7_200 } });
    const [a] = await cluster.captures('web', ['a']);
    if (!a) throw new Error('no capture');
    await cluster.report(a, { progress: 'running', node: 'n1', startTime: time(clock.now() - 86_400_000) });
    await cluster.status('web', ({ progress }) => progress === 'running');
    await restart();
    await cluster.makePod(shop, 'b', { labels });
    expect(Number((await one('web', 'b')).spec.captureSeconds)).toBeGreaterThan(3_500);
    expect((await cluster.client.get<Child>(`${CAPTURES}/${a.metadata.name}`)).spec.stop).toBe(false);
  });

  test('the answer to a creation that is lost makes no second capture', async () => {
    await operator.stop();
    await using proxy = await ApiProxy.start({ kubeconfig: cluster.server.kubeconfig });
    operator = await Operator.start(proxy.kubeconfig, clock);
    const trouble = proxy.inject({ kind: 'lose-answer' }, { when: ({ method }) => method === 'POST', times: 1 });
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', appWeb());
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.count === 1, passing);
    expect(trouble.calls).toHaveLength(1);
    expect(await cluster.children('web')).toHaveLength(1);
    await operator.stop();
  });

  test.each<Trouble>([
    { kind: 'reset' },
    { kind: 'lose-answer' },
    { kind: 'close-midway' },
    { kind: 'expired' },
    { kind: 'refusal', status: 401 },
    { kind: 'refusal', status: 403 },
    { kind: 'refusal', status: 429, retryAfterSeconds: 1 },
    { kind: 'refusal', status: 500 },
  ])('comes to the right end though each of its calls fails once by %j', async (trouble) => {
    await operator.stop();
    await using proxy = await ApiProxy.start({ kubeconfig: cluster.server.kubeconfig });
    const seen = new Set<string>();
    const isFirst = ({ method, path, isWatch }: PassingCall) => seen.size < seen.add(`${method} ${path} ${isWatch}`).size;
    proxy.inject(trouble, { when: isFirst });
    operator = await Operator.launch(proxy.kubeconfig, clock);
    for (const name of ['a', 'b']) await cluster.makePod(shop, name, { labels });
    await cluster.makeSet('web', { ...appWeb(), template: { captureSeconds: 604_800 } });
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.count === 2, passing);
    const a = await one('web', 'a');
    await cluster.run(a, clock, 3);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.running === 1, passing);
    await cluster.deletePod(shop, 'b');
    await cluster.status('web', (status) => captureOf(status, 'b')?.reason === 'PodGone', passing);
    await cluster.changeSet('web', { stop: true });
    await eventually(async () => {
      await passing();
      return (await cluster.client.get<Child>(`${CAPTURES}/${a.metadata.name}`)).spec.stop;
    });
    await cluster.end(a, clock, { reason: 'Stopped', captured: 5 });
    const ended = await cluster.status('web', ({ progress }) => progress === 'finished', passing);
    expect(ended).toMatchObject({ reason: 'Partial', packets: counted(5), capturesTotal: { count: 2, finished: 1, failure: 1 } });
    expect(await cluster.children('web')).toHaveLength(2);
    expect([...seen].filter((call) => /^(POST|PATCH)/.test(call))).toHaveLength(4);
    await operator.stop();
  });

  test('what was made counts before its watch tells of it', async () => {
    await operator.stop();
    await using proxy = await ApiProxy.start({ kubeconfig: cluster.server.kubeconfig });
    operator = await Operator.launch(proxy.kubeconfig, clock);
    const held = proxy.inject({ kind: 'hold' }, { when: ({ isWatch, path }) => isWatch && path === CAPTURES });
    await operator.started;
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', { ...appWeb(), maxPods: 1 });
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.count === 1);
    await cluster.deletePod(shop, 'a');
    await cluster.makePod(shop, 'b', { labels });
    await cluster.status('web', (now) => conditionOf(now, 'Covered').reason === 'MaxPodsReached', passing);
    expect((await cluster.children('web')).map(podOf)).toEqual(['a']);
    held[Symbol.dispose]();
    await cluster.status('web', ({ reason }) => reason === 'CapturesFailed');
    await operator.stop();
  });

  test('two operators at once make one capture of each Pod', async () => {
    await using other = await Operator.start(cluster.server.kubeconfig, clock);
    for (const name of ['a', 'b', 'c', 'd']) await cluster.makePod(shop, name, { labels });
    await cluster.makeSet('web', appWeb());
    const children = await cluster.captures('web', ['a', 'b', 'c', 'd']);
    for (const child of children) await cluster.run(child, clock);
    await cluster.status('web', ({ capturesTotal }) => capturesTotal?.running === 4, passing);
    expect(await cluster.children('web')).toHaveLength(4);
    expect([...operator.sets.obstacles, ...other.sets.obstacles]).toEqual([]);
  });

  test('a name that is a stranger\'s is told, touched by nobody, and used once it is free', async () => {
    const pod = await cluster.makePod(shop, 'a', { labels });
    await cluster.makePod(shop, 'b', { labels });
    // Its uid decides the name, so the operator comes when both are there.
    await operator.stop();
    const { metadata } = await cluster.makeSet('web', appWeb());
    const name = childName({ name: 'web', uid: metadata.uid }, pod.metadata.uid);
    const owner = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCaptureSet', name: 'web', uid: metadata.uid, controller: true };
    const stranger = await cluster.client.create(CAPTURES, {
      apiVersion: 'pcapper.io/v1alpha1',
      kind: 'PacketCapture',
      // As a collision of hashes would look: the set's own, of another Pod.
      metadata: { name, labels: { 'pcapper.io/set-uid': metadata.uid }, ownerReferences: [owner] },
      spec: { targetNamespace: shop, targetPod: 'a', targetPodUID: 'another' },
    });
    operator = await Operator.start(cluster.server.kubeconfig, clock);
    const status = await cluster.status('web', (now) => conditionOf(now, 'Covered').reason === 'NameTaken');
    expect(conditionOf(status, 'Covered').message).toBe(
      `Pod ${shop}/a is not captured: there is a PacketCapture ${name} that the PacketCaptureSet web has not made for that Pod. ` +
        `Delete it with kubectl -n ${NAMESPACE} delete pktcap ${name}, or create a PacketCaptureSet of another name.`,
    );
    expect(status.captures).toMatchObject([{ pod: 'b' }]);
    expect((await cluster.client.get(`${CAPTURES}/${name}`)).metadata.resourceVersion).toBe(stranger.metadata.resourceVersion);
    await cluster.client.delete(`${CAPTURES}/${name}`);
    const freed = await cluster.status('web', (now) => conditionOf(now, 'Covered').status === 'True', passing);
    expect(freed.captures?.map((capture) => capture.pod)).toEqual(['b', 'a']);
  });

  test('what only looks like a capture of a set does not count', async () => {
    await cluster.makePod(shop, 'a', { labels });
    const { metadata } = await cluster.makeSet('web', appWeb());
    const forge = (name: string, more: object) =>
      cluster.client.create(CAPTURES, {
        apiVersion: 'pcapper.io/v1alpha1',
        kind: 'PacketCapture',
        metadata: { name, labels: { 'pcapper.io/set-uid': metadata.uid }, ...more },
        spec: { targetNamespace: shop, targetPod: 'x', targetPodUID: 'y' },
      });
    const owner = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCaptureSet', name: 'web', uid: metadata.uid, controller: true };
    await forge('no-owner', {});
    await forge('other-name', { ownerReferences: [owner] });
    await forge(childName({ name: 'web', uid: metadata.uid }, 'y'), { ownerReferences: [{ ...owner, kind: 'ReplicaSet' }] });
    await cluster.makePod(shop, 'b', { labels });
    const status = await cluster.status('web', ({ capturesTotal }) => capturesTotal?.count === 2);
    expect(status.captures).toMatchObject([{ pod: 'a' }, { pod: 'b' }]);
  });

  test('a capture that somebody deletes is not made again; what it captured counts on', async () => {
    for (const name of ['a', 'b']) await cluster.makePod(shop, name, { labels });
    await cluster.makeSet('web', appWeb());
    const [a, b] = await cluster.captures('web', ['a', 'b']);
    if (!a || !b) throw new Error('no captures');
    await cluster.run(a, clock, 3);
    await cluster.end(b, clock, { captured: 4, reason: 'PacketLimit' });
    await cluster.status('web', ({ packets }) => packets?.captured === 7, passing);
    for (const { metadata } of [a, b]) await cluster.client.delete(`${CAPTURES}/${metadata.name}`);
    const status = await cluster.status('web', ({ capturesTotal }) => capturesTotal?.failure === 1);
    expect(status).toMatchObject({ packets: counted(7), capturesTotal: { count: 2, finished: 1, failure: 1 } });
    expect(captureOf(status, 'a')).toMatchObject({ progress: 'failure', reason: 'Deleted' });
    expect(captureOf(status, 'b')).toMatchObject({ progress: 'finished', reason: 'PacketLimit' });
    await restart();
    await cluster.makePod(shop, 'c', { labels });
    await cluster.captures('web', ['c']);
  });

  test('a capture that somebody has taken from its set counts as deleted', async () => {
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', appWeb());
    const [a] = await cluster.captures('web', ['a']);
    if (!a) throw new Error('no capture');
    await cluster.run(a, clock);
    await cluster.status('web', ({ progress }) => progress === 'running');
    await operator.stop();
    await cluster.client.patch(`${CAPTURES}/${a.metadata.name}`, 'merge', { metadata: { labels: { 'pcapper.io/set-uid': null } } });
    operator = await Operator.start(cluster.server.kubeconfig, clock);
    await cluster.status('web', ({ captures }) => captures?.[0]?.reason === 'Deleted');
    await cluster.changeSet('web', { stop: true });
    await cluster.status('web', ({ progress, reason }) => progress === 'failure' && reason === 'CapturesFailed');
    expect((await cluster.client.get<Child>(`${CAPTURES}/${a.metadata.name}`)).spec.stop).toBe(false);
  });

  test('a set that is deleted makes nothing more, and leaves its captures to the garbage collector', async () => {
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', appWeb());
    await cluster.makeSet('other', appWeb());
    await cluster.captures('web', ['a']);
    const posts = () => operator.of('POST', /packetcaptures$/).length;
    await cluster.captures('other', ['a']);
    await cluster.client.delete(`${SETS}/web`);
    await cluster.makePod(shop, 'b', { labels });
    await cluster.captures('other', ['a', 'b']);
    await eventually(() => posts() === 3);
    expect(await cluster.children('web')).toMatchObject([{ spec: { stop: false } }]);
  });

  test('a set that is being deleted makes nothing more, and one made anew under its name is another', async () => {
    await cluster.makePod(shop, 'a', { labels });
    const former = await cluster.makeSet('web', appWeb());
    await cluster.captures('web', ['a']);
    await cluster.client.patch(`${SETS}/web`, 'merge', { metadata: { finalizers: ['example.org/stay'] } });
    await cluster.client.delete(`${SETS}/web`);
    await cluster.makePod(shop, 'b', { labels });
    await cluster.makeSet('other', appWeb());
    await cluster.captures('other', ['a', 'b']);
    expect((await cluster.children('web')).map(podOf)).toEqual(['a']);
    await cluster.client.patch(`${SETS}/web`, 'merge', { metadata: { finalizers: null } });
    const latter = await cluster.makeSet('web', appWeb());
    await cluster.captures('web', ['a', 'a', 'b']);
    const owners = (await cluster.children('web')).map(({ metadata }) => metadata.ownerReferences?.[0]?.uid);
    expect(owners.filter((uid) => uid === former.metadata.uid)).toHaveLength(1);
    expect(owners.filter((uid) => uid === latter.metadata.uid)).toHaveLength(2);
  });

  test('retainFiles is passed on, also after the end; ttlSecondsAfterFinished deletes the set', async () => {
    await cluster.makePod(shop, 'a', { labels });
    await cluster.makeSet('web', { ...appWeb(), ttlSecondsAfterFinished: 300 });
    const [a] = await cluster.captures('web', ['a']);
    if (!a) throw new Error('no capture');
    const retains = async () => (await cluster.client.get<Child>(`${CAPTURES}/${a.metadata.name}`)).spec.retainFiles;
    expect(a.spec).not.toHaveProperty('ttlSecondsAfterFinished');
    await cluster.changeSet('web', { retainFiles: true });
    await eventually(retains);
    await cluster.changeSet('web', { stop: true });
    await cluster.status('web', ({ progress }) => progress === 'finished');
    await cluster.changeSet('web', { retainFiles: false });
    await eventually(async () => !(await retains()));
    await clock.advance(299_000);
    expect((await cluster.server.request('GET', `${SETS}/web`)).status).toBe(200);
    await eventually(async () => {
      await passing();
      return (await cluster.server.request('GET', `${SETS}/web`)).status === 404;
    });
  });

  test('long and odd names', async () => {
    const long = `${'a'.repeat(99)}.${'b'.repeat(153)}`;
    for (const name of ['x--y.0.z', long]) {
      await cluster.makePod(shop, name, { labels });
      await cluster.makeSet(name, appWeb());
      await eventually(async () => (await cluster.children(name)).length > 0);
    }
    const name = (await cluster.children(long))[0]?.metadata.name ?? '';
    expect(name).toMatch(/^a{99}-[0-9a-f]{12}$/);
    await cluster.captures(long, ['x--y.0.z', long]);
  });

  describe('with the validation of the CRD bypassed', () => {
    const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/packetcapturesets.pcapper.io';
    const schema = '/spec/versions/0/schema/openAPIV3Schema';
    let before: unknown;
    beforeAll(async () => {
      before = (await cluster.client.get<{ spec: { versions: [{ schema: { openAPIV3Schema: unknown } }] } }>(crd)).spec.versions[0].schema.openAPIV3Schema;
      const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
      // What a field selector names has to be in the schema.
      await replaceSchema({ ...anything, properties: { status: { ...anything, properties: { progress: { type: 'string' } } } } });
    });
    afterAll(() => replaceSchema(before));

    async function replaceSchema(value: unknown): Promise<void> {
      await cluster.client.patch(crd, 'json', [{ op: 'replace', path: schema, value }]);
      const isOpen = JSON.stringify(value).includes('preserve');
      await eventually(async () => {
        const probe = await cluster.server.request('POST', `${SETS}?dryRun=All`, { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCaptureSet', metadata: { name: 'probe' }, spec: {} });
        return (probe.status === 201) === isOpen;
      });
    }

    test('an invalid set fails in the words that the API server has for a PacketCapture', async () => {
      await cluster.makePod(shop, 'a', { labels });
      await cluster.makeSet('bad', { ...appWeb(), template: { captureSeconds: '10m', targetInterface: '-i' } });
      const status = await cluster.status('bad', ({ progress }) => progress === 'failure');
      expect(status.reason).toBe('RequestInvalid');
      expect(status.message).toContain('captureSeconds must be a whole number of seconds from 1 to 604800 (7 days); it is "10m".');
      expect(status.message).toContain('targetInterface must be');
      expect(status.message).toMatch(/Delete the PacketCaptureSet and create it again with that corrected\.$/);
      expect(conditionOf(status, 'Accepted')).toEqual({ status: 'False', reason: 'RequestInvalid', message: status.message });
      expect(await cluster.children('bad')).toEqual([]);
    });

    test.each([
      ['a selector as an option', { selector: { matchLabels: { 'a,b=c': '$(id)' } } }],
      ['a hostile workload', { targetRef: { kind: 'Deployment', name: '../../secrets' } }],
      ['a kind that is none', { targetRef: { kind: 'Job', name: 'x' } }],
      ['a namespace with a path', { targetNamespace: '../kube-system', selector: {} }],
      ['no number of Pods', { selector: {}, maxPods: 'all' }],
      ['nothing', {}],
    ])('%s is refused, and no such path is asked for', async (_, spec) => {
      const before = operator.calls.length;
      await cluster.makeSet('bad', { targetNamespace: shop, ...spec });
      expect(await cluster.status('bad', ({ progress }) => progress)).toMatchObject({ progress: 'failure', reason: 'RequestInvalid' });
      expect(operator.calls.slice(before).filter(({ path }) => !path.startsWith(SETS))).toEqual([]);
    });
  });

  describe('with rights', () => {
    test('says which rule is missing, and does all with those rules and no other', async () => {
      const user = 'sets';
      await operator.stop();
      operator = await Operator.launch(await cluster.server.kubeconfigFor(user), clock);
      await eventually(() => operator.sets.obstacles.length === 1);
      expect(operator.sets.obstacles[0]?.message).toContain('User "sets" cannot list resource "packetcaptures"');
      expect(operator.sets.obstacles[0]?.message).toContain(`Grant it by a Role with the rules ${JSON.stringify(SET_RULES)}`);

      await grant(cluster.server, { user, namespace: NAMESPACE, rules: SET_RULES });
      await cluster.makeWorkload(shop, 'Deployment', 'web', 2);
      await cluster.podOf(shop, 'web', 'a1', 'x');
      await cluster.podOf(shop, 'web', 'a1', 'y');
      await cluster.makeSet('web', { ...web(), ttlSecondsAfterFinished: 0 });
      const blind = await cluster.status('web', (now) => conditionOf(now, 'TargetFound').reason === 'MissingRight', passing);
      expect(conditionOf(blind, 'TargetFound')).toMatchObject({ status: 'Unknown' });
      expect(blind.message).toContain('cannot list resource "namespaces"');
      expect(blind.message).toContain(`Grant it by a ClusterRole with the rules ${JSON.stringify(SET_TARGET_RULES)}`);
      // What a status tells is thrown a moment later.
      await eventually(() => operator.sets.obstacles[0]?.code === 'MissingRight');

      await grant(cluster.server, { user, rules: SET_TARGET_RULES });
      await cluster.status('web', ({ capturesTotal }) => capturesTotal?.count === 2, passing);
      await eventually(() => operator.sets.obstacles.length === 0);
      const since = operator.calls.length;
      const [x, y] = await cluster.children('web');
      if (!x || !y) throw new Error('no captures');
      await cluster.run(x, clock);
      await cluster.deletePod(shop, podOf(y));
      await cluster.status('web', ({ captures }) => captures?.[1]?.reason === 'PodGone', passing);
      await cluster.client.delete(`${CAPTURES}/${y.metadata.name}`);
      await cluster.changeSet('web', { stop: true });
      await eventually(async () => {
        await passing();
        return (await cluster.client.get<Child>(`${CAPTURES}/${x.metadata.name}`)).spec.stop;
      });
      await cluster.end(x, clock, { reason: 'Stopped' });
      await eventually(async () => {
        await passing();
        return (await cluster.server.request('GET', `${SETS}/web`)).status === 404;
      });
      expect(operator.calls.slice(since).filter(({ statusCode }) => statusCode === 403)).toEqual([]);
    });

    test('says so when it may not create captures, and goes on with the rest', async () => {
      const user = 'sets-without-create';
      const rules = SET_RULES.map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') }));
      await grant(cluster.server, { user, namespace: NAMESPACE, rules });
      await grant(cluster.server, { user, rules: SET_TARGET_RULES });
      await operator.stop();
      operator = await Operator.start(await cluster.server.kubeconfigFor(user), clock);
      await cluster.makePod(shop, 'a', { labels });
      await cluster.makeSet('web', appWeb());
      const status = await cluster.status('web', (now) => conditionOf(now, 'Covered').reason === 'MissingRight');
      expect(conditionOf(status, 'Covered').message).toContain('cannot create resource "packetcaptures"');
      await grant(cluster.server, { user, namespace: NAMESPACE, rules: SET_RULES });
      await cluster.status('web', (now) => conditionOf(now, 'Covered').status === 'True', passing);
    });
  });

  describe('asks for no more than it needs', () => {
    test('without sets: two lists, two watches, and then nothing', async () => {
      await eventually(() => operator.of('WATCH', /./).length === 2);
      const before = operator.calls.length;
      expect(before).toBe(6);
      await cluster.makePod(shop, 'a', { labels });
      await clock.advance(120_000);
      expect(operator.calls.length).toBe(before);
    });

    test('what a set names is watched while it needs that', async () => {
      await operator.stop();
      await using proxy = await ApiProxy.start({ kubeconfig: cluster.server.kubeconfig });
      operator = await Operator.start(proxy.kubeconfig, clock);
      // A watch that the API server has refused or ended is opened again only as time passes: here as fast as for others.
      const watches = (count: number) =>
        eventually(async () => {
          await clock.advance(10);
          return proxy.openWatches === count;
        });
      await watches(2);
      await cluster.makePod(shop, 'a', { labels });
      await cluster.makeSet('web', appWeb());
      const [a] = await cluster.captures('web', ['a']);
      if (!a) throw new Error('no capture');
      // The namespace and its Pods.
      await watches(4);
      await cluster.run(a, clock);
      await cluster.status('web', ({ progress }) => progress === 'running');
      await cluster.changeSet('web', { stop: true });
      await watches(2);
      await cluster.end(a, clock, { reason: 'Stopped' });
      await cluster.status('web', ({ progress }) => progress === 'finished');
      await cluster.makeSet('next', web());
      // There is no such Deployment, and so no Pods of it.
      await watches(4);
      await makeWeb();
      await watches(5);
      await cluster.client.delete(`${SETS}/next`);
      await watches(2);
      await cluster.makeSet('last', appWeb());
      await watches(4);
      await operator.stop();
      await watches(0);
    });

    test('a set that waits costs nothing', async () => {
      await cluster.makeSet('web', appWeb());
      await cluster.status('web', ({ conditions }) => conditions);
      await eventually(() => operator.of('WATCH', /./).length === 4 && operator.of('PATCH', /./).length === 1);
      const before = operator.calls.length;
      await clock.advance(120_000);
      expect(operator.calls.length).toBe(before);
    });
  });

  test('does nothing more once it was stopped', async () => {
    await cluster.makeSet('web', appWeb());
    await cluster.status('web', ({ conditions }) => conditions);
    await operator.stop();
    const before = operator.calls.length;
    await cluster.makePod(shop, 'a', { labels });
    await clock.advance(60_000);
    expect(operator.calls.length).toBe(before);
    expect(await cluster.children('web')).toEqual([]);
  });

  test('rejects when it is stopped before it knows', async () => {
    await using late = await Operator.launch(cluster.server.kubeconfig, clock);
    const outcome = expect(late.started).rejects.toThrow('lost the Lease');
    await late.stop();
    await outcome;
  });
});
