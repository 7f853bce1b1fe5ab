import 'reflect-metadata';
import { container } from 'tsyringe';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { OPERATOR_TOKENS, readOperatorSettings, registerOperator, TOKENS } from 'pcapper/di';
import { type ApiOutcome, KubernetesClient, type KubernetesObject, loadConnection } from '../../src/adapters/kubernetes/index.ts';
import type { Dispatch } from '../../src/adapters/environment/operator-settings.ts';
import { formatOutcome, outcomeOf } from '../../src/api/one-shot/capture-outcome.ts';
import { NO_PACKETS } from '../../src/core/capture-result.ts';
import { agentRules, operatorRules } from '../../src/operator/rights.ts';
import type { PolicyRule } from '../../src/operator/policy-rule.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { KubeApiserver } from '../harness/kube-apiserver.ts';
import { requires } from '../harness/requirements.ts';
import { grant } from './grant.ts';
import { PlayedJobs } from './jobs/played-jobs.ts';
import { logged } from './logged.ts';

const NAMESPACE = 'pcapper';
const USERS = { agent: 'operator', job: 'operator-of-jobs' } as const;
const CAPTURES = `/apis/pcapper.io/v1alpha1/namespaces/${NAMESPACE}/packetcaptures`;
const SETS = `/apis/pcapper.io/v1alpha1/namespaces/${NAMESPACE}/packetcapturesets`;
const NAMES = { namespace: NAMESPACE, configMap: 'pcapper-config', deployment: 'pcapper-operator' } as const;

requires('kube-apiserver').describe('the operator on a real API server, with its rules and no other rights', () => {
  let api: KubeApiserver;
  let admin: KubernetesClient;
  const kubeconfigs: Partial<Record<Dispatch, string>> = {};
  beforeAll(async () => {
    api = await KubeApiserver.start();
    admin = new KubernetesClient(await loadConnection({ kubeconfig: api.kubeconfig }));
    await admin.create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    await admin.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
    const labels = { app: 'pcapper-operator' };
    await admin.create(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, {
      metadata: { name: NAMES.deployment },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'operator', image: 'operator' }] } } },
    });
    for (const dispatch of ['agent', 'job'] as const) {
      const { inNamespace, inCluster } = operatorRules(NAMES, dispatch);
      const user = USERS[dispatch];
      kubeconfigs[dispatch] = await api.kubeconfigFor(user);
      await grant(api, { user, rules: inCluster });
      await grant(api, { user, namespace: NAMESPACE, rules: inNamespace });
    }
  });
  afterAll(async () => {
    admin[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  const running: Process[] = [];
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
  });

  /** What a process of the operator is made of, without the process. */
  class Process {
    readonly calls: ApiOutcome[] = [];
    readonly lines: string[];
    readonly ended: Promise<void>;
    readonly #life = new AbortController();
    readonly #parts: ReturnType<typeof registerOperator>;
    readonly #clients: KubernetesClient[] = [];

    static async start(pod: string, dispatch: Dispatch = 'agent'): Promise<Process> {
      const started = new Process(await loadConnection({ kubeconfig: kubeconfigs[dispatch] ?? '' }), pod, dispatch);
      running.push(started);
      return started;
    }

    private constructor(connection: Awaited<ReturnType<typeof loadConnection>>, pod: string, dispatch: Dispatch) {
      const settings = readOperatorSettings({ DISPATCH: dispatch, POD_NAME: pod, AGENT_IMAGE: 'agent:1', DEPLOYMENT: NAMES.deployment });
      const { logger, lines } = logged();
      this.lines = lines;
      this.#parts = registerOperator(container.createChildContainer(), { settings, connection, logger });
      for (const token of [TOKENS.KubernetesClient, OPERATOR_TOKENS.LeaseClient]) {
        const client = new KubernetesClient(connection, { observe: (outcome) => this.calls.push(outcome) });
        this.#clients.push(client);
        this.#parts.register(token, { useValue: client });
      }
      this.ended = this.#parts.resolve(OPERATOR_TOKENS.Operator).run(this.#life.signal);
    }

    get ready(): boolean {
      return this.#parts.resolve(OPERATOR_TOKENS.Operator).ready;
    }

    get isLeading(): boolean {
      return this.#parts.resolve(OPERATOR_TOKENS.LeaderElection).isLeading;
    }

    get refused(): string[] {
      return this.calls.filter(({ statusCode }) => statusCode === 403).map(({ method, path }) => `${method} ${path}`);
    }

    async stop(): Promise<void> {
      this.#life.abort(new Error('SIGTERM'));
      await this.ended;
      for (const client of this.#clients) client[Symbol.dispose]();
    }
  }

  const get = (path: string) => admin.get<KubernetesObject & { readonly status?: { readonly progress?: string; readonly conditions?: readonly { type: string; status: string }[] } }>(path);
  const capture = (name: string, spec: object = {}) =>
    admin.create(CAPTURES, { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name }, spec: { targetNamespace: 'shop', targetPod: 'web', ...spec } });

  test('installs all, does all its work, hands over, and lets go', async () => {
    const first = await Process.start('operator-1');
    await eventually(() => first.ready && first.isLeading);
    const { spec } = await admin.get<KubernetesObject & { spec: { template: { spec: { serviceAccountName: string; containers: readonly { image: string }[] } } } }>(
      `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets/pcapper`,
    );
    expect(spec.template.spec).toMatchObject({ serviceAccountName: 'pcapper-agent', containers: [{ image: 'agent:1' }] });

    const second = await Process.start('operator-2');
    await eventually(() => second.ready);
    expect(second.isLeading).toBe(false);

    await capture('missing');
    await eventually(async () => (await get(`${CAPTURES}/missing`)).status?.conditions?.some(({ type, status }) => type === 'TargetFound' && status === 'False'));
    await capture('old', { ttlSecondsAfterFinished: 1 });
    await admin.patch(`${CAPTURES}/old/status`, 'merge', { status: { progress: 'finished', node: 'n1', completionTime: '2026-01-01T00:00:00Z' } });
    await eventually(async () => (await api.request('GET', `${CAPTURES}/old`)).status === 404);
    await admin.create(SETS, {
      apiVersion: 'pcapper.io/v1alpha1',
      kind: 'PacketCaptureSet',
      metadata: { name: 'shop' },
      spec: { targetNamespace: 'shop', selector: { matchLabels: { app: 'web' } }, template: {} },
    });
    await eventually(async () => (await get(`${SETS}/shop`)).status !== undefined);
    const events = `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`;
    await eventually(async () => (await admin.list<KubernetesObject & { reason: string }>(events)).items.some(({ reason }) => reason === 'PodNotFound'));

    await first.stop();
    await eventually(() => second.isLeading && second.ready);
    const before = first.calls.length;
    await admin.delete(`/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets/pcapper`);
    await eventually(async () => (await api.request('GET', `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets/pcapper`)).status === 200);
    expect(first.calls).toHaveLength(before);
    await second.stop();
    expect([...first.refused, ...second.refused]).toEqual([]);
  });

  test('with Jobs: runs no agents, makes captures and those of sets by Jobs, and removes them in time', async () => {
    const daemonSet = `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets/pcapper`;
    if ((await api.request('GET', daemonSet)).status === 200) await admin.delete(daemonSet);
    const pods = '/api/v1/namespaces/shop/pods';
    await admin.create(pods, { metadata: { name: 'captured', labels: { app: 'captured' } }, spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'none' }] } });
    await admin.patch(`${pods}/captured/status`, 'merge', { status: { phase: 'Running' } });
    const operator = await Process.start('operator-1', 'job');
    await eventually(() => operator.ready && operator.isLeading);

    const jobs = new PlayedJobs(admin, NAMESPACE);
    await capture('by-job', { targetPod: 'captured', ttlSecondsAfterFinished: 1 });
    await admin.create(SETS, {
      apiVersion: 'pcapper.io/v1alpha1',
      kind: 'PacketCaptureSet',
      metadata: { name: 'by-jobs' },
      spec: { targetNamespace: 'shop', selector: { matchLabels: { app: 'captured' } }, template: {} },
    });
    const ofCapture = await eventually(async () => (await jobs.list()).find(({ metadata }) => metadata.ownerReferences[0]?.name === 'by-job'));
    const ofSet = await eventually(async () => (await jobs.list()).find(({ metadata }) => metadata.ownerReferences[0]?.name.startsWith('by-jobs-')));
    for (const job of [ofCapture, ofSet]) {
      const pod = await jobs.makePod(job);
      await jobs.run(pod, Date.now());
      await eventually(async () => (await get(`${CAPTURES}/${job.metadata.ownerReferences[0]?.name}`)).status?.progress === 'running');
      const result = { progress: 'finished', reason: 'TimeLimit', message: 'It ended.', packets: NO_PACKETS, files: [], wrapped: false, gaps: [], startTime: Date.now(), completionTime: Date.now() } as const;
      await jobs.tell(pod, { phase: 'Succeeded', containerStatuses: [{ name: 'capture', ready: false, restartCount: 0, image: '', imageID: '', state: { terminated: { exitCode: 0, message: formatOutcome(outcomeOf('n1', result)) } } }] });
    }
    await eventually(async () => (await api.request('GET', `${CAPTURES}/by-job`)).status === 404);
    const set = await eventually(async () => {
      const { status } = await admin.get<KubernetesObject & { status?: { captures?: readonly { progress?: string }[] } }>(`${SETS}/by-jobs`);
      return status?.captures?.[0]?.progress === 'finished' ? status : undefined;
    });
    expect(set.captures).toMatchObject([{ pod: 'captured', node: 'n1', progress: 'finished', reason: 'TimeLimit' }]);
    await operator.stop();
    expect((await api.request('GET', daemonSet)).status).toBe(404);
    expect(operator.refused).toEqual([]);
  });

  test('stops at once when the Lease is taken, and begins anew with new parts', async () => {
    const operator = await Process.start('operator-1');
    await eventually(() => operator.ready && operator.isLeading);
    const lease = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/pcapper-operator`;
    await admin.patch(lease, 'merge', { spec: { holderIdentity: 'somebody' } });
    await eventually(() => !operator.isLeading);
    await eventually(() => operator.lines.some((line) => line.includes('leads no more')));
    await admin.patch(lease, 'merge', { spec: { holderIdentity: '' } });
    await eventually(() => operator.isLeading && operator.ready);
    await capture('missing-again');
    await eventually(async () => (await get(`${CAPTURES}/missing-again`)).status?.conditions?.some(({ type }) => type === 'TargetFound'));
    expect(operator.lines.filter((line) => line.includes('the operator is at work'))).toHaveLength(2);
  });
});

test('rules are one for each resource, and an agent writes nothing but status and Events', () => {
  const WRITING = ['create', 'update', 'patch', 'delete', 'deletecollection'];
  const writes = (rules: readonly PolicyRule[]) => rules.filter(({ verbs }) => verbs.some((verb) => WRITING.includes(verb) || verb === '*'));
  for (const dispatch of ['agent', 'job'] as const) {
    const { inNamespace, inCluster } = operatorRules(NAMES, dispatch);
    for (const rules of [inNamespace, inCluster]) {
      const whose = rules.map(({ apiGroups, resources, resourceNames }) => JSON.stringify([apiGroups, resources, resourceNames]));
      expect(new Set(whose).size).toBe(whose.length);
    }
    expect(inNamespace.some(({ resources }) => resources.includes('pods'))).toBe(false);
    expect(writes(inCluster).map(({ resources }) => resources)).toEqual([['customresourcedefinitions']]);
    // Who may make the one may not make the other.
    expect(writes(inNamespace).flatMap(({ resources }) => resources).filter((resource) => ['jobs', 'daemonsets'].includes(resource))).toEqual([dispatch === 'job' ? 'jobs' : 'daemonsets']);
  }
  expect(writes(agentRules().inCluster)).toEqual([]);
  expect(writes(agentRules().inNamespace).flatMap(({ resources }) => resources)).toEqual(['packetcaptures/status', 'events']);
});
