import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/adapters/kubernetes/index.ts';
import { parseOrder } from '../../../src/api/one-shot/capture-order.ts';
import { formatOutcome, outcomeOf } from '../../../src/api/one-shot/capture-outcome.ts';
import type { PacketCaptureStatus } from '../../../src/api/v1alpha1/index.ts';
import { time } from '../../../src/api/v1alpha1/time.ts';
import type { CaptureResult } from '../../../src/core/capture-result.ts';
import { EVENT_RULES } from '../../../src/operator/event-rules.ts';
import { dispatchRules, WAIT_FOR_TARGET_RULES } from '../../../src/operator/jobs/dispatch-rules.ts';
import { LOST_AFTER_MS } from '../../../src/operator/jobs/job-progress.ts';
import type { ResultChanges } from '../../../src/testing/assert-result.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { type Capture, CaptureApi, CAPTURES, NAMESPACE } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { ApiProxy } from '../../faults/api-proxy.ts';
import type { Trouble } from '../../faults/api-trouble.ts';
import { requires } from '../../harness/requirements.ts';
import { grant } from '../grant.ts';
import { Operator } from './dispatching-operator.ts';
import { type JobObject, PlayedJobs } from './played-jobs.ts';

const USER = 'operator';
const WATCH_RULES = [{ apiGroups: ['pcapper.io'], resources: ['packetcaptures'], verbs: ['list', 'watch'] }];
const JOBS = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const SHOP = '/api/v1/namespaces/shop/pods';

requires('kube-apiserver').describe('captures by Jobs on a real API server, with the rules of it and no others', () => {
  let api: CaptureApi;
  let played: PlayedJobs;
  let kubeconfig: string;
  beforeAll(async () => {
    api = await CaptureApi.start();
    played = new PlayedJobs(api.client, NAMESPACE);
    await api.client.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
    await api.client.create('/api/v1/nodes', { metadata: { name: 'n1' } });
    kubeconfig = await api.server.kubeconfigFor(USER);
    await grant(api.server, { user: USER, rules: WAIT_FOR_TARGET_RULES });
    await grant(api.server, { user: USER, namespace: NAMESPACE, rules: [...dispatchRules('pcapper-config'), ...EVENT_RULES, ...WATCH_RULES] });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  let clock: ManualClock;
  let operator: Operator;
  beforeEach(async () => {
    clock = new ManualClock({ now: Date.now() });
    operator = await Operator.start(kubeconfig, clock);
  });
  afterEach(async () => {
    await operator.stop();
    await api.server.request('DELETE', CAPTURES);
    for (const path of [SHOP, PODS, JOBS, `/api/v1/namespaces/${NAMESPACE}/configmaps`]) {
      for (const { metadata } of (await api.client.list(path)).items) await api.client.delete(`${path}/${metadata.name}`, { gracePeriodSeconds: 0, propagationPolicy: 'Background' });
    }
    expect(operator.refused).toEqual([]);
  });

  /** Another process takes over, which knows nothing but what the API server has. */
  const restart = async () => {
    await operator.stop();
    operator = await Operator.start(kubeconfig, clock);
  };
  const pod = async (name = 'web-1', { node = 'n1', phase = 'Running' } = {}) => {
    const made = await api.client.create(SHOP, { metadata: { name }, spec: { nodeName: node, containers: [{ name: 'main', image: 'none' }] } });
    await api.client.patch(`${SHOP}/${name}/status`, 'merge', { status: { phase } });
    return made.metadata.uid;
  };
  const removePod = (name = 'web-1') => api.client.delete(`${SHOP}/${name}`, { gracePeriodSeconds: 0 });
  const status = (satisfies: (status: PacketCaptureStatus) => unknown, name = 'c') =>
    eventually(async () => {
      const found = await api.statusOf(name);
      return satisfies(found) ? found : undefined;
    });
  const progress = (wanted: string, name?: string) => status((found) => found.progress === wanted, name);
  const condition = ({ conditions }: PacketCaptureStatus, type: string) => conditions?.find((one) => one.type === type);
  const onlyJob = () => eventually(async () => (await played.list())[0]);
  const changeJob = (job: JobObject, change: object) => api.client.patch<JobObject>(`${JOBS}/${job.metadata.name}/status`, 'merge', { status: change });
  const suspended = (job: JobObject) => eventually(async () => ((await api.client.get<KubernetesObject & { spec: { suspend?: boolean } }>(`${JOBS}/${job.metadata.name}`)).spec.suspend === true ? true : undefined));
  const resumed = (job: JobObject) => eventually(async () => ((await api.client.get<KubernetesObject & { spec: { suspend?: boolean } }>(`${JOBS}/${job.metadata.name}`)).spec.suspend === false ? true : undefined));
  const endPod = (name: string, result: CaptureResult, node = 'n1') =>
    played.tell(name, { phase: result.progress === 'finished' ? 'Succeeded' : 'Failed', containerStatuses: [terminated(formatOutcome(outcomeOf(node, result)), result.progress === 'finished' ? 0 : 1)] });
  const removeJobPod = (name: string) => api.client.delete(`${PODS}/${name}`, { gracePeriodSeconds: 0 });
  const orderOf = (job: JobObject) => {
    const { containers } = job.spec.template.spec as { readonly containers: readonly { readonly env: readonly { readonly name: string; readonly value?: string }[] }[] };
    return parseOrder(containers[0]?.env.find(({ name }) => name === 'CAPTURE_ORDER')?.value ?? '');
  };
  type Event = KubernetesObject & { readonly reason: string; readonly type: string; readonly note: string; readonly regarding: { readonly uid: string } };
  const events = async () => {
    const { uid } = (await api.get('c')).metadata;
    return (await api.client.list<Event>(`/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`)).items.filter(({ regarding }) => regarding.uid === uid);
  };
  const result = (more: ResultChanges = {}): CaptureResult => ({
    progress: 'finished',
    reason: 'TimeLimit',
    message: 'It ended at its time limit.',
    interface: 'eth0',
    packets: { captured: 7, received: 7, dropped: 0 },
    files: [{ name: 'n1.c.1.pcap0', bytes: 724 }],
    wrapped: false,
    gaps: [],
    startTime: clock.now() - 5_000,
    completionTime: clock.now(),
    ...more,
  });

  /** A capture whose Job captures. */
  const running = async (spec: object = {}): Promise<{ readonly job: JobObject; readonly name: string; readonly capture: Capture }> => {
    await pod();
    const capture = await api.make('c', spec);
    const job = await onlyJob();
    const name = await played.makePod(job);
    await played.run(name, clock.now());
    await progress('running');
    return { job, name, capture };
  };

  test('a capture that nobody has gets its Job on the node of its Pod, and what comes of it is told as agents tell it', async () => {
    const podUID = await pod();
    const { metadata } = await api.make('c', { captureSeconds: 30, captureFilter: 'icmp', targetInterface: 'eth0' });
    const job = await onlyJob();
    expect(await api.statusOf('c')).toMatchObject({
      progress: 'scheduled',
      node: 'n1',
      dispatcher: 'Job',
      podUID,
      message: `The Job ${job.metadata.name} is to capture Pod shop/web-1 on node n1.`,
    });
    expect(job.metadata.name).toMatch(/^c-[0-9a-f]{8}$/);
    expect(job.metadata.ownerReferences).toEqual([{ apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', name: 'c', uid: metadata.uid, controller: true }]);
    expect(orderOf(job)).toMatchObject({
      request: { uid: metadata.uid, name: 'c', filter: 'icmp', limits: { seconds: 30 } },
      target: { kind: 'pod', namespace: 'shop', name: 'web-1', uid: podUID, cgroupUid: podUID, hostNetwork: false, interface: 'eth0' },
    });

    const name = await played.makePod(job);
    await played.tell(name, { phase: 'Pending', containerStatuses: [container({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "agent:1"' } })] });
    // That it begins is nothing to tell; that it does not is.
    await operator.idle();
    expect((await api.statusOf('c')).message).toContain('is to capture');
    await eventually(async () => {
      await clock.advance(1_000);
      return (await api.statusOf('c')).message?.includes('(ImagePullBackOff: Back-off pulling image "agent:1")');
    });
    const at = clock.now() - 2_000;
    await played.run(name, at);
    const run = await progress('running');
    expect(run).toMatchObject({ startTime: time(at), node: 'n1', dispatcher: 'Job', podUID });
    expect(condition(run, 'Capturing')).toMatchObject({ status: 'True', reason: 'Running' });
    expect(condition(run, 'Accepted')).toMatchObject({ status: 'True', reason: 'Taken' });
    // Nothing is known of it before its end.
    expect(run).not.toHaveProperty('packets');
    expect(run).not.toHaveProperty('files');

    await endPod(name, result());
    const end = await progress('finished');
    expect(end).toMatchObject({
      reason: 'TimeLimit',
      interface: 'eth0',
      packets: { captured: 7, received: 7, dropped: 0 },
      files: [{ name: 'n1.c.1.pcap0', bytes: 724 }],
      filesTotal: { count: 1, bytes: 724 },
      dispatcher: 'Job',
    });
    expect(end.message).toBe(
      'It ended at its time limit. Files: /hostmount/n1.c.1.pcap0 on node n1. Fetch them with: kubectl -n pcapper debug node/n1 --image=busybox -- sleep 600 ; and kubectl cp from the Pod that it names, under /host/hostmount. ' +
        'They stay when this is deleted: only KEEP_FILES_HOURS of a later Job there removes them.',
    );
    expect(['Accepted', 'Capturing', 'Complete', 'Lossless'].map((type) => condition(end, type)?.status)).toEqual(['True', 'False', 'True', 'True']);
    await operator.idle();
    expect((await events()).map(({ reason }) => reason).sort()).toEqual(['Finished', 'Running', 'Scheduled']);
    // A Job that has ended stays for its log, until Kubernetes deletes it.
    expect(await played.list()).toHaveLength(1);
  });

  test('a node interface is captured in the network of the node', async () => {
    await api.client.create(CAPTURES, { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name: 'c' }, spec: { targetNode: 'n1', targetInterface: 'any' } });
    const job = await onlyJob();
    expect(job.spec.template.spec).toMatchObject({ hostNetwork: true });
    expect(orderOf(job).target).toEqual({ kind: 'node', node: 'n1', interface: 'any' });
    expect(await api.statusOf('c')).toMatchObject({ progress: 'scheduled', node: 'n1' });
  });

  test('a Pod that is missing is told after a while, and captured as soon as it runs', async () => {
    await api.make('c');
    await eventually(async () => {
      await clock.advance(1_000);
      return condition(await api.statusOf('c'), 'TargetFound')?.reason === 'PodNotFound';
    });
    await pod('web-1', { phase: 'Pending' });
    await eventually(async () => {
      await clock.advance(1_000);
      return condition(await api.statusOf('c'), 'TargetFound')?.reason === 'PodNotRunning';
    });
    expect((await api.statusOf('c')).progress).toBeUndefined();
    expect(await played.list()).toEqual([]);
    // By its watch: no time passes.
    await api.client.patch(`${SHOP}/web-1/status`, 'merge', { status: { phase: 'Running' } });
    const taken = await progress('scheduled');
    expect(condition(taken, 'TargetFound')).toMatchObject({ status: 'True', reason: 'Found' });
    expect(condition(taken, 'AgentReady')).toBeUndefined();
    await onlyJob();
    await operator.idle();
    expect((await events()).map(({ reason }) => reason)).toContain('PodNotFound');
  });

  test('what a resident agent has is not touched', async () => {
    await pod();
    await operator.pause();
    await api.make('agents');
    await api.client.patch(`${CAPTURES}/agents/status`, 'merge', { status: { progress: 'scheduled', node: 'n1', dispatcher: 'Agent' } });
    await api.make('assigned');
    await api.client.patch(`${CAPTURES}/assigned/status`, 'merge', { status: { node: 'n1' } });
    await restart();
    await api.make('c');
    await onlyJob();
    expect((await played.list()).map(({ metadata }) => metadata.ownerReferences[0]?.name)).toEqual(['c']);
    expect(await api.statusOf('agents')).toEqual({ progress: 'scheduled', node: 'n1', dispatcher: 'Agent' });
    expect(await api.statusOf('assigned')).toEqual({ node: 'n1' });
  });

  test('what nobody has and is to stop, or is nonsense, ends without a Job', async () => {
    await api.make('c', { stop: true });
    expect(await progress('finished')).toMatchObject({ reason: 'Stopped', dispatcher: 'Job', message: 'It was stopped before it began.' });
    expect(await played.list()).toEqual([]);
  });

  test('what an agent gave back is taken without the reason of that', async () => {
    await operator.pause();
    await api.make('c');
    const released = { reason: 'TargetMoved', message: 'Node n2 gives it back.' };
    const body = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name: 'c' }, status: released };
    await api.client.patch(`${CAPTURES}/c/status`, 'apply', body, { query: { fieldManager: 'pcapper-agent', force: true } });
    await pod();
    await restart();
    const taken = await status(({ progress, reason }) => progress === 'scheduled' && reason === undefined);
    expect(taken).toMatchObject({ node: 'n1', dispatcher: 'Job' });
  });

  test('the settings of the ConfigMap are those of Jobs that are made from then on; nonsense changes nothing', async () => {
    const configure = (data: object) => api.client.patch(`/api/v1/namespaces/${NAMESPACE}/configmaps/pcapper-config`, 'apply', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'pcapper-config' }, data }, { query: { fieldManager: 'user', force: true } });
    await configure({ HOSTMOUNT: '/var/captures', IMAGE: 'agent:2' });
    await eventually(() => operator.config.settings?.image === 'agent:2');
    await configure({ HOSTMOUNT: 'nowhere', IMAGE: 'agent:3' });
    await eventually(() => operator.config.obstacle?.code === 'SettingInvalid');
    const { job, name } = await running();
    expect(job.spec.template.spec).toMatchObject({
      containers: [{ image: 'agent:2', volumeMounts: [{ mountPath: '/var/captures' }, {}] }],
      volumes: [{ hostPath: { path: '/var/captures' } }, {}],
    });
    await endPod(name, result());
    expect((await progress('finished')).message).toContain('Files: /var/captures/n1.c.1.pcap0 on node n1.');
  });

  test('a failure is told in the words of the Pod', async () => {
    const { name } = await running();
    await endPod(name, result({ progress: 'failure', reason: 'TcpdumpFailed', message: 'tcpdump failed: eth0: No such device exists.', files: [] }));
    const end = await progress('failure');
    expect(end).toMatchObject({ reason: 'TcpdumpFailed', message: 'tcpdump failed: eth0: No such device exists.', packets: { captured: 7 } });
    expect(condition(end, 'Complete')).toMatchObject({ status: 'False', reason: 'TcpdumpFailed' });
    await operator.idle();
    expect((await events()).find(({ reason }) => reason === 'Failure')).toMatchObject({ type: 'Warning' });
  });

  test('a Pod that was killed is told, and the next one goes on', async () => {
    const { job, name } = await running();
    const { startTime } = await api.statusOf('c');
    await played.tell(name, { phase: 'Failed', containerStatuses: [container({ terminated: { exitCode: 137, reason: 'OOMKilled' } })] });
    const interrupted = await status((found) => condition(found, 'Capturing')?.reason === 'Interrupted');
    expect(interrupted.progress).toBe('running');
    expect(interrupted.message).toContain('OOMKilled');
    await restart();
    const next = await played.makePod(job, 'bbbbb');
    await played.run(next, clock.now() + 20_000);
    const again = await status((found) => condition(found, 'Capturing')?.status === 'True');
    expect(again).toMatchObject({ progress: 'running', startTime });
    await endPod(next, result({ reason: 'Partial', gaps: [{ from: clock.now(), to: clock.now() + 20_000, reason: 'the agent was interrupted' }] }));
    expect(condition(await progress('finished'), 'Lossless')?.status).toBe('False');
  });

  test.each([
    ['DeadlineExceeded', 'JobTimedOut'],
    ['BackoffLimitExceeded', 'JobInterrupted'],
  ])('a Job that failed by %s is a failure (%s), and nothing is claimed of what it holds', async (reason, code) => {
    const { job, name } = await running();
    await removeJobPod(name);
    const at = time(clock.now());
    await changeJob(job, { conditions: [{ type: 'FailureTarget', status: 'True', reason, lastTransitionTime: at }, { type: 'Failed', status: 'True', reason, lastTransitionTime: at }], startTime: at });
    const end = await progress('failure');
    expect(end.reason).toBe(code);
    expect(end).not.toHaveProperty('packets');
    expect(condition(end, 'Lossless')?.status).toBe('Unknown');
  });

  test('a node that is lost is given up past the deadline, and tells the end when it is back', async () => {
    const { job, name } = await running();
    const at = time(clock.now());
    await changeJob(job, { conditions: [{ type: 'FailureTarget', status: 'True', reason: 'DeadlineExceeded', lastTransitionTime: at }], startTime: at });
    await operator.seesEnd(job);
    await clock.advance(LOST_AFTER_MS / 2);
    await operator.idle();
    expect((await api.statusOf('c')).progress).toBe('running');
    await clock.advance(LOST_AFTER_MS);
    expect(await progress('failure')).toMatchObject({ reason: 'NodeLost' });
    await restart();
    await endPod(name, result());
    expect(await progress('finished')).toMatchObject({ reason: 'TimeLimit', packets: { captured: 7 } });
  });

  test('stop: the Job is suspended, which ends its Pod, and what that tells is the end; nothing is left', async () => {
    const { job, name } = await running();
    await api.client.patch(`${CAPTURES}/c`, 'merge', { spec: { stop: true } });
    await suspended(job);
    expect((await api.statusOf('c')).progress).toBe('running');
    await endPod(name, result({ reason: 'Stopped', message: 'It was stopped as asked.' }));
    expect(await progress('finished')).toMatchObject({ reason: 'Stopped', packets: { captured: 7 } });
    await removeJobPod(name);
    await eventually(async () => (await played.list()).length === 0);
  });

  test('stop before the Pod captures', async () => {
    await pod();
    await api.make('c');
    const job = await onlyJob();
    const name = await played.makePod(job);
    await api.client.patch(`${CAPTURES}/c`, 'merge', { spec: { stop: true } });
    await suspended(job);
    await restart();
    expect((await api.statusOf('c')).progress).toBe('scheduled');
    await removeJobPod(name);
    expect(await progress('finished')).toMatchObject({ reason: 'Stopped', message: 'It was stopped before it began.' });
    await eventually(async () => (await played.list()).length === 0);
  });

  test('stop while the operator is away: the end that nobody heard is told by another Pod', async () => {
    const { job, name } = await running();
    await api.client.patch(`${CAPTURES}/c`, 'merge', { spec: { stop: true } });
    await suspended(job);
    await operator.pause();
    await removeJobPod(name);
    await restart();
    await resumed(job);
    const next = await played.makePod(job, 'bbbbb');
    await played.tell(next, { phase: 'Pending' });
    await endPod(next, result({ reason: 'Stopped' }));
    expect(await progress('finished')).toMatchObject({ reason: 'Stopped', packets: { captured: 7 } });
  });

  test('stop on a node that is lost is an end all the same, and tells more when the node is back', async () => {
    const { job, name } = await running();
    await api.client.patch(`${CAPTURES}/c`, 'merge', { spec: { stop: true } });
    await suspended(job);
    // The Job controller deletes the Pod, and nobody on the node ends it.
    await api.client.patch(`${PODS}/${name}`, 'merge', { metadata: { finalizers: ['batch.kubernetes.io/job-tracking'] } });
    await removeJobPod(name);
    await operator.seesDeletion(job);
    await clock.advance(LOST_AFTER_MS / 2);
    await operator.idle();
    expect((await api.statusOf('c')).progress).toBe('running');
    await clock.advance(LOST_AFTER_MS);
    expect(await progress('failure')).toMatchObject({ reason: 'NodeLost' });
    await endPod(name, result({ reason: 'Stopped' }));
    expect(await progress('finished')).toMatchObject({ reason: 'Stopped', packets: { captured: 7 } });
    await api.client.patch(`${PODS}/${name}`, 'merge', { metadata: { finalizers: null } });
  });

  test('a Job that is over before the watch of its Pods tells so is told with what its Pod told', async () => {
    const { job, name } = await running();
    await operator.stop();
    await using proxy = await ApiProxy.start({ kubeconfig });
    proxy.inject({ kind: 'hold' }, { when: ({ path, isWatch }) => isWatch && path === PODS });
    operator = await Operator.start(proxy.kubeconfig, clock);
    await endPod(name, result());
    await played.complete(job, clock.now());
    expect(await progress('finished')).toMatchObject({ reason: 'TimeLimit', packets: { captured: 7 } });
    await operator.stop();
  });

  test('the operator is away between all steps, and nothing is lost or done twice', async () => {
    await pod();
    await api.make('c');
    const job = await onlyJob();
    await restart();
    const name = await played.makePod(job);
    await operator.pause();
    await played.run(name, clock.now());
    await restart();
    await progress('running');
    await operator.pause();
    await endPod(name, result());
    await restart();
    expect(await progress('finished')).toMatchObject({ packets: { captured: 7 } });
    await restart();
    // The status is there before the operator has the answer to its write.
    await eventually(async () => {
      await operator.idle();
      return (await events()).length >= 3;
    });
    expect((await played.list()).map(({ metadata }) => metadata.uid)).toEqual([job.metadata.uid]);
    expect((await events()).map(({ reason }) => reason).sort()).toEqual(['Finished', 'Running', 'Scheduled']);
  });

  test('it died between the claim and the Job: the Job is made', async () => {
    const podUID = await pod();
    await operator.pause();
    await api.make('c');
    await api.assign('c', { progress: 'scheduled', node: 'n1', dispatcher: 'Job', podUID });
    await restart();
    expect(orderOf(await onlyJob()).target).toMatchObject({ uid: podUID, cgroupUid: podUID });
  });

  test('it died between the claim and the Job, and the Pod is another one by now: it is given back, and taken anew', async () => {
    await operator.pause();
    const podUID = await pod();
    await api.make('c');
    await api.assign('c', { progress: 'scheduled', node: 'n1', dispatcher: 'Job', podUID });
    await removePod();
    await restart();
    const released = await status(({ progress }) => progress === undefined);
    expect(released).toMatchObject({ reason: 'TargetMoved' });
    expect(released).not.toHaveProperty('node');
    expect(released).not.toHaveProperty('dispatcher');
    const another = await pod();
    const taken = await progress('scheduled');
    expect(taken).toMatchObject({ podUID: another, node: 'n1', dispatcher: 'Job' });
    expect(taken).not.toHaveProperty('reason');
    await operator.idle();
    expect((await events()).map(({ reason }) => reason)).toContain('Released');
  });

  test('a Job that somebody deletes is made again: its Pod goes on, or tells the end that it finds on disk', async () => {
    const { job, name } = await running();
    await removePod();
    await removeJobPod(name);
    await played.delete(job);
    const next = await eventually(async () => (await played.list()).find(({ metadata }) => metadata.uid !== job.metadata.uid));
    expect(next.metadata.name).toBe(job.metadata.name);
    await endPod(await played.makePod(next, 'bbbbb'), result({ reason: 'Stopped' }));
    expect(await progress('finished')).toMatchObject({ reason: 'Stopped', packets: { captured: 7 } });
  });

  test('a Job that is gone for so long that its record may be gone, too, is a failure, and nothing is captured again', async () => {
    const { job, name } = await running({ captureSeconds: 30 });
    await operator.pause();
    await removeJobPod(name);
    await played.delete(job);
    await clock.advance(3 * 3600_000);
    await restart();
    expect(await progress('failure')).toMatchObject({ reason: 'JobGone' });
    expect(await played.list()).toEqual([]);
  });

  test('a Job of a name that another one has taken is told, and made when that is gone', async () => {
    await pod();
    await operator.pause();
    const { metadata } = await api.make('c');
    await restart();
    const job = await onlyJob();
    await operator.pause();
    await played.delete(job);
    const { name } = job.metadata;
    await api.client.create(JOBS, { metadata: { name }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } } } });
    await restart();
    await status(({ message }) => message?.includes('captures for another resource'));
    await api.client.delete(`${JOBS}/${name}`, { propagationPolicy: 'Background' });
    await eventually(async () => {
      await clock.advance(10_000);
      return (await played.list()).some(({ metadata: { ownerReferences } }) => ownerReferences[0]?.uid === metadata.uid);
    });
  });

  test('a Job that somebody takes its label from is told of all the same', async () => {
    const { job, name } = await running();
    await api.client.patch(`${JOBS}/${job.metadata.name}`, 'merge', { metadata: { labels: { 'pcapper.io/capture-uid': null } } });
    await eventually(async () => (await played.list()).length === 0);
    await endPod(name, result());
    expect(await progress('finished')).toMatchObject({ reason: 'TimeLimit', packets: { captured: 7 } });
  });

  test.each([
    ['a time that no calendar has', { completionTime: 8.64e15 }],
    ['a reason as long as a story', { reason: 'Stop'.repeat(500) }],
  ])('a termination message with %s keeps no capture from its end', async (_, more) => {
    const { job, name } = await running();
    await played.tell(name, { phase: 'Succeeded', containerStatuses: [terminated(JSON.stringify({ ...outcomeOf('n1', result()), ...more }), 0)] });
    await played.complete(job, clock.now());
    await status(({ progress: at }) => at === 'finished' || at === 'failure');
  });

  test('an operator whose clock is an hour behind tells what a Pod waits for', async () => {
    await operator.stop();
    clock = new ManualClock({ now: Date.now() - 3_600_000 });
    operator = await Operator.start(kubeconfig, clock);
    await pod();
    await api.make('c');
    const name = await played.makePod(await onlyJob());
    await played.tell(name, { phase: 'Pending', containerStatuses: [container({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off' } })] });
    await clock.advance(60_000);
    await status(({ message }) => message?.includes('ImagePullBackOff'));
  });

  test('a quota that refuses the Job is told in its own words, and the Job is made when there is room', async () => {
    await api.client.create(`/api/v1/namespaces/${NAMESPACE}/resourcequotas`, { metadata: { name: 'none' }, spec: { hard: { 'count/jobs.batch': '0' } } });
    await api.client.patch(`/api/v1/namespaces/${NAMESPACE}/resourcequotas/none/status`, 'merge', { status: { hard: { 'count/jobs.batch': '0' }, used: { 'count/jobs.batch': '0' } } });
    await pod();
    await api.make('c');
    const refused = await status(({ message }) => message?.includes('exceeded quota'));
    expect(refused.progress).toBe('scheduled');
    await api.client.delete(`/api/v1/namespaces/${NAMESPACE}/resourcequotas/none`);
    operator.forgive();
    await eventually(async () => {
      await clock.advance(10_000);
      return (await played.list()).length === 1;
    });
    operator.forgive();
  });

  test.each<Trouble>([{ kind: 'reset' }, { kind: 'lose-answer' }, { kind: 'refusal', status: 403 }, { kind: 'refusal', status: 500 }])(
    'comes to the right end though each of its writes fails once by %j',
    async (trouble) => {
      await operator.stop();
      await using proxy = await ApiProxy.start({ kubeconfig });
      const seen = new Set<string>();
      proxy.inject(trouble, { when: ({ method, path, isWatch }) => path.includes(NAMESPACE) && method !== 'GET' && seen.size < seen.add(`${method} ${path} ${isWatch}`).size });
      operator = await Operator.start(proxy.kubeconfig, clock);
      const passing = async <T>(found: () => Promise<T | undefined>) => eventually(async () => (await clock.advance(1_000), found()));
      await pod();
      await api.make('c');
      const job = await passing(async () => (await played.list())[0]);
      const name = await played.makePod(job);
      await played.run(name, clock.now());
      await passing(async () => ((await api.statusOf('c')).progress === 'running' ? true : undefined));
      await api.client.patch(`${CAPTURES}/c`, 'merge', { spec: { stop: true } });
      await passing(async () => ((await api.client.get<JobObject & { spec: { suspend?: boolean } }>(`${JOBS}/${job.metadata.name}`)).spec.suspend ? true : undefined));
      await endPod(name, result({ reason: 'Stopped' }));
      await passing(async () => ((await api.statusOf('c')).progress === 'finished' ? true : undefined));
      await passing(async () => ((await played.list()).length === 0 ? true : undefined));
      expect(await api.statusOf('c')).toMatchObject({ reason: 'Stopped', packets: { captured: 7 } });
      await operator.stop();
      operator.forgive();
    },
  );

  test('two operators at a change of the Lease make one Job', async () => {
    const other = await Operator.start(kubeconfig, clock);
    try {
      const { job, name } = await running();
      await other.idle();
      expect((await played.list()).map(({ metadata }) => metadata.uid)).toEqual([job.metadata.uid]);
      await endPod(name, result());
      expect(await progress('finished')).toMatchObject({ packets: { captured: 7 } });
    } finally {
      await other.stop();
    }
  });

  test('a DaemonSet of agents that is left is told of, and left alone', async () => {
    const labels = { app: 'agents' };
    const path = `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets`;
    const { metadata } = await api.client.create(path, { metadata: { name: 'pcapper' }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'agent', image: 'none' }] } } } });
    expect(operator.lines.filter((line) => line.includes('DaemonSet'))).toEqual([]);
    await restart();
    expect(operator.lines.filter((line) => line.startsWith('warn'))).toEqual([expect.stringContaining('Remove it with kubectl -n pcapper delete daemonset pcapper.')]);
    expect((await api.client.get(`${path}/pcapper`)).metadata).toEqual(metadata);
    await api.client.delete(`${path}/pcapper`);
  });

  test('many captures at once have a Job each, one and no more', async () => {
    await pod();
    await operator.pause();
    const names = Array.from({ length: 60 }, (_, index) => `c${index}`);
    for (const name of names) await api.make(name);
    await restart();
    await eventually(async () => (await played.list()).length === names.length, 60_000);
    await restart();
    await operator.idle();
    expect(new Set((await played.list()).map(({ metadata }) => metadata.ownerReferences[0]?.name)).size).toBe(names.length);
    expect(await played.list()).toHaveLength(names.length);
  });
});

function container(state: object): object {
  return { name: 'capture', ready: false, restartCount: 0, image: 'agent', imageID: 'agent', state };
}

function terminated(message: string, exitCode: number): object {
  return container({ terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', message } });
}
