import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseOrder } from '../../../src/api/one-shot/capture-order.ts';
import { time } from '../../../src/api/v1alpha1/time.ts';
import { readAgentsSettings } from '../../../src/operator/agents/agents-settings.ts';
import { configMapNames } from '../../../src/operator/deployment-captures/config-map.ts';
import { DEPLOYMENT_CAPTURE_RULES } from '../../../src/operator/deployment-captures/index.ts';
import { JOB_RULES } from '../../../src/operator/jobs/job-rules.ts';
import { SET_TARGET_RULES } from '../../../src/operator/sets/index.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { ApiProxy } from '../../faults/api-proxy.ts';
import type { PassingCall, Trouble } from '../../faults/api-trouble.ts';
import { requires } from '../../harness/requirements.ts';
import { grant } from '../grant.ts';
import type { JobObject } from '../jobs/played-jobs.ts';
import { CAPTURES, conditionOf, CONFIG_MAPS, JOBS, NAMESPACE, Operator, resultOf, World } from './world.ts';

const LABELS = ['name', 'instance', 'part-of', 'managed-by', 'created-by'].map((key) => `app.kubernetes.io/${key}`);

requires('kube-apiserver').describe('DeploymentCaptures on a real API server', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  let clock: ManualClock;
  let operator: Operator;
  let shop: string;
  beforeEach(async () => {
    // Everything here is older than it looks to the API server.
    clock = new ManualClock({ now: Math.floor(Date.now() / 1000) * 1000 + 3_600_000 });
    operator = await Operator.start(world.cluster.server.kubeconfig, clock);
    shop = await world.cluster.namespace();
  });
  afterEach(async () => {
    await operator.stop();
    await world.clear();
  });

  const qwer = (more: object = {}) => ({ jobId: 'qwer', targetNamespace: shop, targetDeployment: 'web', duration: '30', ...more });
  const makeWeb = (replicas = 2) => world.cluster.makeWorkload(shop, 'Deployment', 'web', replicas);
  const pod = (suffix: string, { phase = 'Running', node = 'n1' } = {}) => world.cluster.podOf(shop, 'web', 'a1', suffix, phase, node);
  const passing = () => clock.advance(1_000);
  const restart = async () => {
    await operator.stop();
    operator = await Operator.start(world.cluster.server.kubeconfig, clock);
  };
  /** @returns the name of the Pod. */
  const run = async (job: JobObject): Promise<string> => {
    const name = await world.jobs.makePod(job);
    await world.jobs.run(name, clock.now());
    return name;
  };

  test('makes a ConfigMap, and a Job for each Pod on its node, all with the labels of the resource', async () => {
    await makeWeb();
    const [x] = [await pod('x'), await pod('y', { node: 'n2' })];
    const labels = Object.fromEntries(LABELS.map((key) => [key, `${key.slice(18)}-of-it`]));
    const capture = await world.make('web', qwer(), { ...labels, other: 'label' });
    const [first, second] = await world.jobsAre(['web-a1-x-qwer', 'web-a1-y-qwer']);
    const owner = { apiVersion: 'monitoring.openshift.tpg/v1alpha1', kind: 'PacketCapture', name: 'web', uid: capture.metadata.uid };
    expect(first).toMatchObject({ metadata: { labels, ownerReferences: [{ ...owner, controller: true }] }, spec: { activeDeadlineSeconds: 630, template: { metadata: { labels } } } });
    expect(first?.metadata.labels).not.toHaveProperty('other');
    const configs = await world.configMaps();
    expect(configs).toMatchObject([
      { metadata: { name: `${shop}-web`, labels, ownerReferences: [owner] }, data: { HOSTMOUNT: '/hostmount', MAX_TOTAL_FILESIZE: '10G', TARGET_NAMESPACE: shop, TARGET_DEPLOYMENT: 'web' } },
    ]);
    interface PodSpec {
      readonly affinity: { readonly nodeAffinity: { readonly requiredDuringSchedulingIgnoredDuringExecution: { readonly nodeSelectorTerms: readonly { readonly matchFields: object }[] } } };
      readonly containers: readonly { readonly envFrom: object; readonly env: readonly { readonly name: string; readonly value?: string }[] }[];
    }
    const spec = (job: JobObject | undefined) => job?.spec.template.spec as PodSpec;
    expect(spec(second).affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms).toEqual([
      { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] },
    ]);
    const [container] = spec(first).containers;
    expect(container?.envFrom).toEqual([{ configMapRef: { name: `${shop}-web` } }]);
    const order = parseOrder(container?.env.find(({ name }) => name === 'CAPTURE_ORDER')?.value ?? '');
    expect(order).toMatchObject({
      request: { name: 'web-a1-x-qwer', limits: { seconds: 30, maxFileSize: 100_000_000, fileCount: 10, snapLength: 262_144 } },
      target: { kind: 'pod', namespace: shop, name: 'web-a1-x', uid: x.metadata.uid, hostNetwork: false },
    });
    expect(order.target).not.toHaveProperty('interface');
    const status = await world.status('web', ({ podsTotal }) => podsTotal?.count === 2);
    expect(status).toMatchObject({ observedGeneration: 1, progress: 'scheduled', pods: [{ name: 'web-a1-x', node: 'n1', job: 'web-a1-x-qwer', progress: 'scheduled', reason: 'NoPod' }, { node: 'n2' }] });
    expect(conditionOf(status, 'Accepted').status).toBe('True');
    expect(conditionOf(status, 'TargetFound')).toMatchObject({ status: 'True', reason: 'PodsFound' });
    expect(conditionOf(status, 'Covered')).toMatchObject({ status: 'True', reason: 'AllPods' });
  });

  test('the published example, unchanged: captures, tells of each Pod, and is complete', async () => {
    const example = parse(await readFile(new URL('../../../deploy/jobs/samples/openshift-gitops-server.yaml', import.meta.url), 'utf8'), { version: '1.1' }) as { metadata: { name: string } };
    await world.client.create(CAPTURES, example);
    const { name } = example.metadata;
    const missing = await world.status(name, (status) => conditionOf(status, 'TargetFound').status === 'False');
    expect(conditionOf(missing, 'TargetFound')).toEqual({ status: 'False', reason: 'NamespaceNotFound', message: 'There is no namespace openshift-gitops. Pods are captured as they come.' });
    const gitops = await world.cluster.namespace('openshift-gitops');
    await world.cluster.makeWorkload(gitops, 'Deployment', 'openshift-gitops-server', 1);
    await world.cluster.podOf(gitops, 'openshift-gitops-server', '7d9c', 'x2z', 'Running', 'n1');
    const [job] = await world.jobsAre(['openshift-gitops-server-7d9c-x2z-qwer']);
    if (!job) throw new Error('no Job');
    expect((await world.configMaps()).map(({ metadata }) => [metadata.name, metadata.labels?.['app.kubernetes.io/instance']])).toEqual([
      ['openshift-gitops-openshift-gitops-server', 'packet-capture-openshift-gitops-openshift-gitops-server'],
    ]);
    const running = await run(job);
    const status = await world.status(name, ({ podsTotal }) => podsTotal?.running === 1);
    expect(status).toMatchObject({ progress: 'running', startTime: time(clock.now()) });
    expect(conditionOf(status, 'Capturing').status).toBe('True');
    await clock.advance(30_000);
    await world.jobs.end(running, resultOf(clock.now(), 251), 'n1');
    const ended = await world.status(name, ({ progress }) => progress === 'finished');
    expect(ended).toMatchObject({
      reason: 'TimeLimit',
      message: 'Its time is over. 1 capture: 1 finished.',
      completionTime: time(clock.now()),
      pods: [
        {
          name: 'openshift-gitops-server-7d9c-x2z',
          progress: 'finished',
          reason: 'TimeLimit',
          message: expect.stringMatching(/^It ended at its time limit\. Files: \/hostmount\/n1\.web\.1\.pcap0 on node n1\. /) as string,
          interface: 'eth0',
          lossless: 'True',
          packets: { captured: 251, received: 251, dropped: 0 },
          files: [{ name: 'n1.web.1.pcap0', bytes: 275 }],
          filesTotal: { count: 1, bytes: 275 },
        },
      ],
      podsTotal: { count: 1, scheduled: 0, running: 0, finished: 1, failure: 0 },
      packets: { captured: 251, received: 251, dropped: 0 },
      filesTotal: { count: 1, bytes: 275 },
    });
    expect(conditionOf(ended, 'Complete')).toMatchObject({ status: 'True', reason: 'TimeLimit' });
    expect(conditionOf(ended, 'Lossless').status).toBe('True');
  });

  test('Deployment missing, at 0, its Pod pending, then running: each is told, and looked at again by itself', async () => {
    await world.make('web', qwer());
    const found = (reason: string) => world.status('web', (status) => conditionOf(status, 'TargetFound').reason === reason);
    expect(conditionOf(await found('WorkloadNotFound'), 'TargetFound').message).toBe(`There is no Deployment ${shop}/web. Pods are captured as they come.`);
    await makeWeb(0);
    expect(conditionOf(await found('ScaledToZero'), 'TargetFound').status).toBe('False');
    await world.cluster.scale(shop, 'Deployment', 'web', 1);
    await found('NoPods');
    const { metadata } = await pod('x', { phase: 'Pending' });
    const pending = await found('PodsFound');
    expect(conditionOf(pending, 'TargetFound').message).toBe('1 Pod matches, 0 of them run.');
    expect(conditionOf(pending, 'Covered')).toMatchObject({ status: 'Unknown', reason: 'NoPods' });
    expect(await world.jobs.list()).toEqual([]);
    expect(await world.configMaps()).toEqual([]);
    await world.cluster.setPhase(shop, metadata.name, 'Running');
    await world.jobsAre(['web-a1-x-qwer']);
  });

  test('a Pod that runs later has its Job for the whole duration; none begins once the first have had their time', async () => {
    await makeWeb(3);
    await pod('x');
    await world.make('web', qwer());
    const [x] = await world.jobsAre(['web-a1-x-qwer']);
    if (!x) throw new Error('no Job');
    const podOfX = await run(x);
    await world.status('web', ({ progress }) => progress === 'running');
    await clock.advance(20_000);
    await pod('y');
    const [, y] = await world.jobsAre(['web-a1-x-qwer', 'web-a1-y-qwer']);
    if (!y) throw new Error('no Job');
    expect(y.spec).toMatchObject({ activeDeadlineSeconds: 630 });
    const podOfY = await run(y);
    await world.status('web', ({ podsTotal }) => podsTotal?.running === 2);
    await clock.advance(11_000);
    await world.jobs.end(podOfX, resultOf(clock.now(), 3), 'n1');
    await world.status('web', ({ podsTotal }) => podsTotal?.finished === 1);
    await pod('z');
    await clock.advance(19_000);
    await world.jobs.end(podOfY, resultOf(clock.now(), 4), 'n1');
    const ended = await world.status('web', ({ progress }) => progress === 'finished');
    expect(ended).toMatchObject({ reason: 'TimeLimit', packets: { captured: 7 }, podsTotal: { count: 2, finished: 2 } });
    expect((await world.jobs.list()).map(({ metadata }) => metadata.name)).toEqual(['web-a1-x-qwer', 'web-a1-y-qwer']);
  });

  test('a Pod is never captured twice: not after its Job is gone, not by an operator that begins anew', async () => {
    await makeWeb();
    await pod('x');
    await pod('y');
    await world.make('web', qwer({ duration: '600' }));
    const [x, y] = await world.jobsAre(['web-a1-x-qwer', 'web-a1-y-qwer']);
    if (!x || !y) throw new Error('no Jobs');
    const podOfX = await run(x);
    await run(y);
    await world.jobs.end(podOfX, resultOf(clock.now(), 5, { reason: 'PacketLimit' }), 'n1');
    await world.status('web', ({ podsTotal }) => podsTotal?.finished === 1 && podsTotal.running === 1);
    // As ttlSecondsAfterFinished does, while nobody looks.
    await operator.stop();
    await world.jobs.delete(x);
    operator = await Operator.start(world.cluster.server.kubeconfig, clock);
    await pod('z');
    await world.jobsAre(['web-a1-y-qwer', 'web-a1-z-qwer']);
    const status = await world.status('web', ({ podsTotal }) => podsTotal?.count === 3);
    expect(status.pods?.[0]).toMatchObject({ name: 'web-a1-x', progress: 'finished', reason: 'PacketLimit', packets: { captured: 5 } });
    // Somebody deletes a Job that runs.
    await world.jobs.delete(y);
    const deleted = await world.status('web', ({ podsTotal }) => podsTotal?.failure === 1);
    expect(deleted.pods?.[1]).toMatchObject({ name: 'web-a1-y', progress: 'failure', reason: 'JobGone' });
    await world.jobsAre(['web-a1-z-qwer']);
  });

  test('a failed Job is told for its Pod in its own words; the rest is whole', async () => {
    await makeWeb();
    await pod('x');
    await pod('y');
    await world.make('web', qwer());
    const [x, y] = await world.jobsAre(['web-a1-x-qwer', 'web-a1-y-qwer']);
    if (!x || !y) throw new Error('no Jobs');
    const [podOfX, podOfY] = [await world.jobs.makePod(x), await run(y)];
    await world.jobs.tell(podOfX, {
      phase: 'Pending',
      containerStatuses: [{ name: 'capture', ready: false, restartCount: 0, image: 'agent', imageID: '', state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "agent:1"' } } }],
    });
    const waiting = await world.status('web', ({ pods }) => pods?.[0]?.reason === 'ImagePullBackOff');
    expect(waiting.pods?.[0]?.message).toContain('Back-off pulling image "agent:1"');
    const message = 'tcpdump was not permitted to capture: eth0: You don\'t have permission to perform this capture on that device.';
    await world.jobs.end(podOfX, { ...resultOf(clock.now(), 0), progress: 'failure', reason: 'CapturePermission', message, files: [] }, 'n1');
    const failed = await world.status('web', ({ podsTotal }) => podsTotal?.failure === 1);
    expect(failed.pods?.[0]).toMatchObject({ name: 'web-a1-x', reason: 'CapturePermission', message });
    expect(failed.progress).toBe('running');
    await clock.advance(30_000);
    await world.jobs.end(podOfY, resultOf(clock.now(), 9, { packets: { captured: 9, received: 12, dropped: 3 } }), 'n1');
    const ended = await world.status('web', ({ progress }) => progress === 'finished');
    expect(ended).toMatchObject({ reason: 'Partial', message: 'Its time is over. 2 captures: 1 finished, 1 failed. Failed: web-a1-x (CapturePermission); status.pods tells why.' });
    expect(conditionOf(ended, 'Lossless')).toMatchObject({ status: 'False', reason: 'PacketsLost' });
  });

  test('a Job that is over before the watch of its Pods tells so is told with what its Pod told', async () => {
    await makeWeb(1);
    await pod('x');
    await world.make('web', qwer());
    const [job] = await world.jobsAre(['web-a1-x-qwer']);
    if (!job) throw new Error('no Job');
    const running = await run(job);
    await world.status('web', ({ podsTotal }) => podsTotal?.running === 1);
    await operator.stop();
    await using proxy = await ApiProxy.start({ kubeconfig: world.cluster.server.kubeconfig });
    proxy.inject({ kind: 'hold' }, { when: ({ path, isWatch }) => isWatch && path === `/api/v1/namespaces/${NAMESPACE}/pods` });
    operator = await Operator.start(proxy.kubeconfig, clock);
    await world.jobs.end(running, resultOf(clock.now(), 2), 'n1');
    await world.jobs.complete(job, clock.now());
    expect(await world.status('web', ({ podsTotal }) => podsTotal?.running === 0)).toMatchObject({ packets: { captured: 2 }, podsTotal: { finished: 1 } });
    await operator.stop();
  });

  test('when all Jobs have failed it is a failure at once', async () => {
    await makeWeb(1);
    await pod('x');
    await world.make('web', qwer());
    const [x] = await world.jobsAre(['web-a1-x-qwer']);
    if (!x) throw new Error('no Job');
    await world.jobs.end(await world.jobs.makePod(x), { ...resultOf(clock.now(), 0), progress: 'failure', reason: 'DiskBudgetExceeded', message: 'No room.', files: [] }, 'n1');
    const ended = await world.status('web', ({ progress }) => progress === 'failure');
    expect(ended.reason).toBe('CapturesFailed');
    expect(conditionOf(ended, 'Complete')).toMatchObject({ status: 'False', reason: 'CapturesFailed' });
  });

  describe('two captures of one Deployment', () => {
    test('share label and ConfigMap; what the one that is deleted had alone goes, also while the operator is away', async () => {
      await makeWeb(1);
      await pod('x');
      const labels = { 'app.kubernetes.io/instance': 'packet-capture-shop-web' };
      const first = await world.make('first', qwer(), labels);
      await world.jobsAre(['web-a1-x-qwer']);
      const second = await world.make('second', qwer({ jobId: 'asdf' }), labels);
      await world.jobsAre(['web-a1-x-asdf', 'web-a1-x-qwer']);
      // By uid: two of one second have no order of age.
      const owners = async () => (await world.configMaps()).map(({ metadata }) => metadata.ownerReferences?.filter(({ controller }) => !controller).map(({ uid }) => uid).sort());
      await expect.poll(owners, { timeout: 30_000 }).toEqual([[first.metadata.uid, second.metadata.uid].sort()]);

      await world.delete('first');
      await world.jobsAre(['web-a1-x-asdf']);
      await expect.poll(owners, { timeout: 30_000 }).toEqual([[second.metadata.uid]]);

      await operator.stop();
      await world.delete('second');
      expect((await world.jobs.list()).length).toBe(1);
      operator = await Operator.start(world.cluster.server.kubeconfig, clock);
      await world.jobsAre([]);
      await eventually(async () => (await world.configMaps()).length === 0);
      const selected = await world.client.list(JOBS, { query: { labelSelector: 'app.kubernetes.io/instance=packet-capture-shop-web' } });
      expect(selected.items).toEqual([]);
    });

    test('of one jobId: the second says whose the Jobs are, and has its own once those are gone', async () => {
      await makeWeb(1);
      await pod('x');
      await world.make('first', qwer());
      await world.jobsAre(['web-a1-x-qwer']);
      const second = await world.make('second', qwer());
      const taken = await world.status('second', (status) => conditionOf(status, 'Covered').status === 'False', passing);
      expect(conditionOf(taken, 'Covered')).toEqual({
        status: 'False',
        reason: 'JobIdTaken',
        message: `Pod ${shop}/web-a1-x is not captured: the Job web-a1-x-qwer is that of the PacketCapture first, which has the same jobId. Create the PacketCapture with another jobId, or delete first.`,
      });
      await world.delete('first');
      await eventually(async () => {
        await passing();
        return (await world.jobs.list())[0]?.metadata.ownerReferences[0]?.uid === second.metadata.uid;
      });
      const covered = await world.status('second', ({ podsTotal }) => podsTotal?.count === 1, passing);
      expect(conditionOf(covered, 'Covered').status).toBe('True');
    });

    test('one that is made anew under the same name and jobId is another run', async () => {
      await makeWeb(1);
      await pod('x');
      await world.make('web', qwer());
      const [before] = await world.jobsAre(['web-a1-x-qwer']);
      await operator.stop();
      await world.delete('web');
      await world.make('web', qwer());
      operator = await Operator.start(world.cluster.server.kubeconfig, clock);
      await eventually(async () => {
        await passing();
        const [job] = await world.jobs.list();
        return job !== undefined && job.metadata.uid !== before?.metadata.uid;
      });
      await world.status('web', ({ podsTotal }) => podsTotal?.scheduled === 1, passing);
    });
  });

  test('two Deployments whose ConfigMaps would have one name: the second has a hash, and keeps it', async () => {
    const [a, b] = [await world.cluster.namespace('a-b'), await world.cluster.namespace('a')];
    await world.cluster.makeWorkload(a, 'Deployment', 'c', 1);
    await world.cluster.podOf(a, 'c', 'a1', 'x', 'Running', 'n1');
    await world.cluster.makeWorkload(b, 'Deployment', 'b-c', 1);
    await world.cluster.podOf(b, 'b-c', 'a1', 'x', 'Running', 'n1');
    await world.make('one', { jobId: 'aaaa', targetNamespace: a, targetDeployment: 'c', duration: 30 });
    await world.jobsAre(['c-a1-x-aaaa']);
    await world.make('two', { jobId: 'bbbb', targetNamespace: b, targetDeployment: 'b-c', duration: 30 });
    await world.jobsAre(['b-c-a1-x-bbbb', 'c-a1-x-aaaa']);
    const names = async () => (await world.configMaps()).map(({ metadata, data }) => [metadata.name, data['TARGET_NAMESPACE']]);
    const hashed = (await names())[1]?.[0];
    expect(await names()).toEqual([['a-b-c', 'a-b'], [expect.stringMatching(/^a-b-c-[0-9a-f]{8}$/), 'a']]);
    await world.delete('one');
    await eventually(async () => (await world.configMaps()).length === 1);
    await restart();
    await world.make('three', { jobId: 'cccc', targetNamespace: b, targetDeployment: 'b-c', duration: 30 });
    await world.jobsAre(['b-c-a1-x-bbbb', 'b-c-a1-x-cccc']);
    expect(await names()).toEqual([[hashed, 'a']]);
  });

  test('names that are too long are shortened, and found again by another operator', async () => {
    const deployment = `web-${'long-'.repeat(10)}name`;
    await world.cluster.makeWorkload(shop, 'Deployment', deployment, 1);
    await world.cluster.podOf(shop, deployment, 'a1b2c3d4e5', 'x2y3z', 'Running', 'n1');
    await world.make('web', qwer({ targetDeployment: deployment }));
    const { pods } = await world.status('web', ({ podsTotal }) => podsTotal?.count === 1);
    const job = pods?.[0]?.job ?? '';
    expect(job).toMatch(/^web-long-[a-z0-9-]+-[0-9a-f]{8}-qwer$/);
    expect(job.length).toBeLessThanOrEqual(63);
    await restart();
    const again = await eventually(async () => {
      const [one] = await world.jobsAre([job]);
      return one;
    });
    await run(again);
    expect(await world.status('web', ({ podsTotal }) => podsTotal?.running === 1)).toMatchObject({ pods: [{ job, name: `${deployment}-a1b2c3d4e5-x2y3z` }] });
  });

  test('a Job, and ConfigMaps, that are strangers are told, touched by nobody, and no longer in the way once gone', async () => {
    await makeWeb(1);
    await pod('x');
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'main' }] } };
    await world.client.create(JOBS, { metadata: { name: 'web-a1-x-qwer' }, spec: { template } });
    await world.client.create(CONFIG_MAPS, { metadata: { name: `${shop}-web` }, data: { mine: 'yes' } });
    await world.make('web', qwer());
    const taken = await world.status('web', (status) => conditionOf(status, 'Covered').reason === 'JobNameTaken', passing);
    expect(conditionOf(taken, 'Covered').message).toContain(`kubectl -n ${NAMESPACE} delete job web-a1-x-qwer`);
    const configs = await world.configMaps();
    expect(configs.map(({ metadata }) => metadata.name)).toEqual([`${shop}-web`, expect.stringMatching(new RegExp(`^${shop}-web-[0-9a-f]{8}$`))]);
    expect(configs[0]?.data).toEqual({ mine: 'yes' });
    await world.client.delete(`${JOBS}/web-a1-x-qwer`, { propagationPolicy: 'Background' });
    await world.status('web', ({ podsTotal }) => podsTotal?.count === 1, () => clock.advance(30_000));
  });

  test('both names of the ConfigMap taken: nothing is begun, and it says so', async () => {
    await makeWeb(1);
    await pod('x');
    const names = configMapNames({ targetNamespace: shop, targetDeployment: 'web' });
    for (const name of names) await world.client.create(CONFIG_MAPS, { metadata: { name } });
    await world.make('web', qwer());
    const taken = await world.status('web', (status) => conditionOf(status, 'Covered').status === 'False');
    expect(conditionOf(taken, 'Covered')).toMatchObject({ reason: 'ConfigMapNameTaken', message: expect.stringContaining(names.join(' and ')) as string });
    await world.client.delete(`${CONFIG_MAPS}/${names[0] ?? ''}`);
    await world.status('web', ({ podsTotal }) => podsTotal?.count === 1, () => clock.advance(30_000));
  });

  test('settings: those of the agents, in the ConfigMap; changed with them; without good ones it says why', async () => {
    await operator.stop();
    operator = await Operator.start(world.cluster.server.kubeconfig, clock, 'none');
    await makeWeb(1);
    await pod('x');
    await world.make('web', qwer());
    const without = await world.status('web', (status) => conditionOf(status, 'Covered').status === 'False');
    expect(conditionOf(without, 'Covered')).toMatchObject({ reason: 'SettingInvalid', message: expect.stringContaining('LOG_LEVEL is "loud"') as string });
    operator.settings = readAgentsSettings({ MAX_TOTAL_FILESIZE: '3G', KEEP_FILES_HOURS: '5' }, 'agent:1');
    await world.jobsAre(['web-a1-x-qwer'], passing);
    expect((await world.configMaps())[0]?.data).toMatchObject({ MAX_TOTAL_FILESIZE: '3G', KEEP_FILES_HOURS: '5' });
    operator.settings = readAgentsSettings({ MAX_TOTAL_FILESIZE: '4G' }, 'agent:1');
    const { data } = await eventually(async () => (await world.configMaps()).find((config) => config.data['MAX_TOTAL_FILESIZE'] === '4G'));
    expect(data).not.toHaveProperty('KEEP_FILES_HOURS');
  });

  test('a ConfigMap that somebody changes or deletes is put right while Jobs need it', async () => {
    await makeWeb(1);
    await pod('x');
    await world.make('web', qwer());
    await world.jobsAre(['web-a1-x-qwer']);
    const path = `${CONFIG_MAPS}/${shop}-web`;
    await world.client.patch(path, 'merge', { data: { HOSTMOUNT: '/elsewhere', EXTRA: 'x' } });
    await eventually(async () => {
      const [config] = await world.configMaps();
      return config?.data['HOSTMOUNT'] === '/hostmount' && !('EXTRA' in config.data);
    });
    await world.client.delete(path);
    await eventually(async () => (await world.configMaps()).length === 1);
  });

  describe('with rights', () => {
    test('says which rule is missing, and does all with those rules and no other', async () => {
      await operator.stop();
      const kubeconfig = await world.cluster.server.kubeconfigFor('captures');
      operator = await Operator.launch(kubeconfig, clock);
      await eventually(async () => {
        await passing();
        return operator.captures.obstacles.some(({ message }) => message.includes('Grant it by a Role with the rules')) || operator.lines.some((line) => line.includes('cannot list resource'));
      });
      await grant(world.cluster.server, { user: 'captures', namespace: NAMESPACE, rules: [...DEPLOYMENT_CAPTURE_RULES, ...JOB_RULES] });
      let isStarted = false;
      void operator.started.then(() => (isStarted = true));
      await eventually(async () => {
        await clock.advance(30_000);
        return isStarted;
      });
      await makeWeb(1);
      await pod('x');
      await world.make('web', qwer());
      const refused = await world.status('web', (status) => conditionOf(status, 'TargetFound').status === 'Unknown', passing);
      expect(conditionOf(refused, 'TargetFound')).toMatchObject({ reason: 'MissingRight', message: expect.stringContaining('Grant it by a ClusterRole') as string });
      await grant(world.cluster.server, { user: 'captures', rules: SET_TARGET_RULES });
      await world.jobsAre(['web-a1-x-qwer'], () => clock.advance(30_000));
      const before = operator.calls.length;
      await world.make('second', qwer({ jobId: 'asdf' }));
      await world.jobsAre(['web-a1-x-asdf', 'web-a1-x-qwer'], passing);
      await world.delete('web');
      await world.jobsAre(['web-a1-x-asdf'], passing);
      await world.delete('second');
      await eventually(async () => (await world.configMaps()).length === 0);
      expect(operator.calls.slice(before).filter(({ statusCode }) => statusCode === 403)).toEqual([]);
    });
  });

  test.each<Trouble>([{ kind: 'reset' }, { kind: 'lose-answer' }, { kind: 'refusal', status: 403 }, { kind: 'refusal', status: 409 }, { kind: 'refusal', status: 500 }])(
    'comes to the right end though each of its calls fails once by %j',
    async (trouble) => {
      await operator.stop();
      await using proxy = await ApiProxy.start({ kubeconfig: world.cluster.server.kubeconfig });
      const seen = new Set<string>();
      const isFirst = ({ method, path, isWatch }: PassingCall) => seen.size < seen.add(`${method} ${path} ${isWatch}`).size;
      proxy.inject(trouble, { when: isFirst });
      operator = await Operator.launch(proxy.kubeconfig, clock);
      await makeWeb();
      await pod('x');
      await pod('y');
      await world.make('web', qwer());
      const jobs = await world.jobsAre(['web-a1-x-qwer', 'web-a1-y-qwer'], passing);
      for (const job of jobs) await world.jobs.end(await run(job), resultOf(clock.now(), 2), 'n1');
      const ended = await world.status('web', ({ progress }) => progress === 'finished', passing);
      expect(ended).toMatchObject({ packets: { captured: 4 }, podsTotal: { count: 2, finished: 2 } });
      await operator.stop();
    },
  );

  test('what could only come past the CRD is refused in its words', async () => {
    await world.cluster.server.request('PATCH', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/packetcaptures.monitoring.openshift.tpg', [
      { op: 'remove', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/jobId/x-kubernetes-validations' },
    ], { contentType: 'application/json-patch+json' });
    const made = await eventually(() => world.make('bad', qwer({ jobId: 'too-long' })).catch(() => undefined));
    const status = await world.status(made.metadata.name, ({ progress }) => progress === 'failure');
    expect(status).toMatchObject({ reason: 'RequestInvalid', message: expect.stringContaining('jobId must be 4 lower-case letters or digits, as in "qwer"; it is "too-long".') as string });
    expect(conditionOf(status, 'Accepted')).toMatchObject({ status: 'False', reason: 'RequestInvalid' });
  });
});
