import 'reflect-metadata';
import { container } from 'tsyringe';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { OPERATOR_TOKENS, readOperatorSettings, registerOperator, TOKENS } from 'pcapper/di';
import { type ApiOutcome, KubernetesClient, type KubernetesObject, loadConnection } from '../../src/adapters/kubernetes/index.ts';
import { agentRules, operatorRules } from '../../src/operator/rights.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { KubeApiserver } from '../harness/kube-apiserver.ts';
import { requires } from '../harness/requirements.ts';
import { grant } from './grant.ts';
import { logged } from './logged.ts';

const NAMESPACE = 'pcapper';
const USER = 'operator';
const CAPTURES = `/apis/pcapper.io/v1alpha1/namespaces/${NAMESPACE}/packetcaptures`;
const SETS = `/apis/pcapper.io/v1alpha1/namespaces/${NAMESPACE}/packetcapturesets`;
const NAMES = { namespace: NAMESPACE, configMap: 'pcapper-config', deployment: 'pcapper-operator' } as const;

requires('kube-apiserver').describe('the operator on a real API server, with its rules and no other rights', () => {
  let api: KubeApiserver;
  let admin: KubernetesClient;
  let kubeconfig: string;
  beforeAll(async () => {
    api = await KubeApiserver.start();
    admin = new KubernetesClient(await loadConnection({ kubeconfig: api.kubeconfig }));
    kubeconfig = await api.kubeconfigFor(USER);
    await admin.create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    await admin.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
    const labels = { app: 'pcapper-operator' };
    await admin.create(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, {
      metadata: { name: NAMES.deployment },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'operator', image: 'operator' }] } } },
    });
    const { inNamespace, inCluster } = operatorRules(NAMES);
    await grant(api, { user: USER, rules: inCluster });
    await grant(api, { user: USER, namespace: NAMESPACE, rules: inNamespace });
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

    static async start(pod: string): Promise<Process> {
      const started = new Process(await loadConnection({ kubeconfig }), pod);
      running.push(started);
      return started;
    }

    private constructor(connection: Awaited<ReturnType<typeof loadConnection>>, pod: string) {
      const settings = readOperatorSettings({ POD_NAME: pod, AGENT_IMAGE: 'agent:1', DEPLOYMENT: NAMES.deployment });
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
  const { inNamespace, inCluster } = operatorRules(NAMES);
  for (const rules of [inNamespace, inCluster]) {
    const whose = rules.map(({ apiGroups, resources, resourceNames }) => JSON.stringify([apiGroups, resources, resourceNames]));
    expect(new Set(whose).size).toBe(whose.length);
  }
  expect(inNamespace.some(({ resources }) => resources.includes('pods'))).toBe(false);
  const WRITING = ['create', 'update', 'patch', 'delete', 'deletecollection'];
  const writes = (rules: typeof inCluster) => rules.filter(({ verbs }) => verbs.some((verb) => WRITING.includes(verb) || verb === '*'));
  expect(writes(inCluster).map(({ resources }) => resources)).toEqual([['customresourcedefinitions']]);
  expect(writes(agentRules().inCluster)).toEqual([]);
  expect(writes(agentRules().inNamespace).flatMap(({ resources }) => resources)).toEqual(['packetcaptures/status', 'events']);
});
