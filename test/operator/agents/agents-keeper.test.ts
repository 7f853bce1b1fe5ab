import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ApiOutcome, EventPost, KubernetesClient, type KubernetesObject, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import { AGENT_LABELS } from '../../../src/operator/agents/agent-daemon-set.ts';
import { AgentsConfig } from '../../../src/operator/agents/agents-config.ts';
import { AgentsKeeper } from '../../../src/operator/agents/agents-keeper.ts';
import { agentsConfigRules, agentsRules } from '../../../src/operator/agents/agents-rules.ts';
import { EVENT_RULES } from '../../../src/operator/event-rules.ts';
import { OwnInstallation, ownInstallationRules } from '../../../src/operator/install/own-installation.ts';
import type { PodTemplate } from '../../../src/operator/pod-template.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { grant } from '../grant.ts';
import { logged } from '../logged.ts';

interface DaemonSet extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly generation: number; readonly ownerReferences?: unknown };
  readonly spec: { readonly template: PodTemplate; readonly updateStrategy: object };
}

const IMAGE = 'registry.example/pcapper-agent:1.2.3';
const RULES = (namespace: string) => [...agentsRules('pcapper-config'), ...ownInstallationRules({ namespace }), ...EVENT_RULES];

requires('kube-apiserver').describe('the keeper of the agents on a real API server', () => {
  let api: KubeApiserver;
  let admin: KubernetesClient;
  beforeAll(async () => {
    api = await KubeApiserver.start();
    admin = new KubernetesClient(await loadConnection({ kubeconfig: api.kubeconfig }));
  });
  afterAll(async () => {
    admin[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  let life: AbortController;
  let namespace: string;
  let count = 0;
  beforeEach(async () => {
    life = new AbortController();
    namespace = `pcapper-${++count}`;
    await admin.create('/api/v1/namespaces', { metadata: { name: namespace } });
  });
  afterEach(() => life.abort(new Error('test over')));

  const daemonSets = () => `/apis/apps/v1/namespaces/${namespace}/daemonsets`;
  const configMaps = () => `/api/v1/namespaces/${namespace}/configmaps`;
  const get = () => admin.get<DaemonSet>(`${daemonSets()}/pcapper`);
  const exists = async () => (await api.request('GET', `${daemonSets()}/pcapper`)).status === 200;
  const edit = (body: object) => admin.patch<DaemonSet>(`${daemonSets()}/pcapper`, 'merge', body);
  const configure = (data: Record<string, string | null>) =>
    admin.patch(`${configMaps()}/pcapper-config`, 'apply', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'pcapper-config' }, data }, {
      query: { fieldManager: 'user', force: true },
    });
  const events = async () => (await admin.list<KubernetesObject & { note: string; reason: string; regarding: object }>(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`)).items;
  const environment = async () => {
    const env = (await get()).spec.template.spec.containers[0].env as readonly { name: string; value?: string }[];
    return Object.fromEntries(env.map(({ name, value }) => [name, value]));
  };

  async function keep({ kubeconfig, image = IMAGE }: { readonly kubeconfig?: string; readonly image?: string } = {}) {
    const calls: ApiOutcome[] = [];
    const user = `operator-of-${namespace}`;
    if (kubeconfig === undefined) await grant(api, { user, namespace, rules: RULES(namespace) });
    const connection = await loadConnection({ kubeconfig: kubeconfig ?? (await api.kubeconfigFor(user)) });
    const client = new KubernetesClient(connection, { observe: (outcome) => calls.push(outcome) });
    const clock = new ManualClock();
    const { logger, lines } = logged();
    const installation = new OwnInstallation({ client, namespace });
    const events = new EventPost({ client, clock, logger, controller: 'pcapper.io/operator', instance: 'test', delay: 0 });
    const parts = { client, clock, logger, namespace };
    const config = new AgentsConfig({ ...parts, events, configMap: 'pcapper-config', image });
    const keeper = new AgentsKeeper({ ...parts, installation, config, serviceAccount: 'pcapper-agent' });
    const started = keeper.start(life.signal);
    started.catch(() => undefined);
    const applies = () => calls.filter(({ method }) => method === 'PATCH').length;
    const refused = () => calls.filter(({ statusCode }) => statusCode === 403);
    const watching = () => eventually(() => calls.filter(({ method, statusCode }) => method === 'WATCH' && statusCode === 200).length >= 2);
    return { keeper, started, clock, applies, refused, watching, lines };
  }

  /** Lets waits and retries come until it holds. */
  const inTime = (clock: ManualClock, holds: () => boolean | Promise<boolean>) =>
    eventually(async () => {
      await clock.advance(1_000);
      return holds();
    });

  test('makes the DaemonSet with the defaults where there is no ConfigMap, by its rights and no others', async () => {
    const { started, keeper, refused } = await keep();
    await started;
    expect(keeper.obstacles).toEqual([]);
    const { metadata, spec } = await get();
    expect(metadata.ownerReferences).toBeUndefined();
    const pod = spec.template.spec;
    expect(pod).toMatchObject({
      hostNetwork: true,
      hostPID: true,
      enableServiceLinks: false,
      serviceAccountName: 'pcapper-agent',
      priorityClassName: 'system-node-critical',
      terminationGracePeriodSeconds: 60,
      tolerations: [{ operator: 'Exists' }],
      securityContext: { runAsUser: 0, seccompProfile: { type: 'RuntimeDefault' }, appArmorProfile: { type: 'Unconfined' } },
      volumes: [{ name: 'hostmount', hostPath: { path: '/hostmount', type: 'DirectoryOrCreate' } }],
    });
    expect(pod.containers).toHaveLength(1);
    expect(pod.containers[0]).toMatchObject({
      image: IMAGE,
      resources: { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '512Mi' } },
      securityContext: { privileged: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'], add: ['NET_RAW', 'SYS_ADMIN', 'SYS_PTRACE', 'SETGID'] } },
      volumeMounts: [{ name: 'hostmount', mountPath: '/hostmount' }],
    });
    expect(pod.containers[0].env.slice(0, 4)).toEqual([
      { name: 'NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
      { name: 'NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } },
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      { name: 'HEALTH_ADDRESS', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.hostIP' } } },
    ]);
    expect(await environment()).toMatchObject({ SCAN_INTERVAL: '30', MAX_TOTAL_FILESIZE: '10G', MIN_FREE_DISK: '20G' });
    expect(spec.updateStrategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%', maxSurge: 0 } });
    expect(refused()).toEqual([]);
  });

  test('an operator that takes over writes nothing where nothing differs, and rolls where it brings another image', async () => {
    await (await keep()).started;
    const before = await get();
    life.abort(new Error('another leads'));
    life = new AbortController();
    const second = await keep();
    await second.started;
    expect(await get()).toEqual(before);
    life.abort(new Error('upgraded'));
    life = new AbortController();
    await (await keep({ image: `${IMAGE}-next` })).started;
    const after = await get();
    expect(after.spec.template.spec.containers[0].image).toBe(`${IMAGE}-next`);
    expect(after.metadata.uid).toBe(before.metadata.uid);
  });

  test('settings are taken from the ConfigMap, and a change rolls the DaemonSet, at most every 10 s', async () => {
    await configure({ MAX_TOTAL_FILESIZE: '5G', HOSTMOUNT: '/var/captures' });
    const { started, clock, applies, watching } = await keep();
    await started;
    await watching();
    expect(await environment()).toMatchObject({ MAX_TOTAL_FILESIZE: '5G', MIN_FREE_DISK: '20G' });
    expect((await get()).spec.template.spec.volumes[0]?.hostPath?.path).toBe('/var/captures');
    const { metadata } = await get();
    const before = applies();
    await configure({ MAX_TOTAL_FILESIZE: '6G' });
    await clock.advance(9_000);
    expect(applies()).toBe(before);
    await inTime(clock, async () => (await environment())['MAX_TOTAL_FILESIZE'] === '6G');
    expect((await get()).spec.template.spec.volumes[0]?.hostPath?.path).toBe('/hostmount');
    expect((await get()).metadata.generation).toBe(metadata.generation + 1);
    // No more than a comment.
    await admin.patch(`${configMaps()}/pcapper-config`, 'merge', { metadata: { labels: { team: 'net' } } });
    await clock.advance(60_000);
    expect((await get()).metadata.generation).toBe(metadata.generation + 1);
  });

  test('a bad value is told, once, and the last good settings stay', async () => {
    await configure({ MAX_TOTAL_FILESIZE: '5G' });
    const { started, keeper, clock, lines } = await keep();
    await started;
    const { metadata } = await get();
    await configure({ MAX_TOTAL_FILESIZE: 'plenty', SCAN_INTERVAL: '5' });
    await eventually(() => keeper.obstacles.length > 0);
    expect(keeper.obstacles[0]?.code).toBe('SettingInvalid');
    await inTime(clock, async () => (await events()).length > 0);
    const [event, ...others] = await events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({ reason: 'SettingInvalid', regarding: { kind: 'ConfigMap', name: 'pcapper-config', namespace } });
    expect(event?.note).toMatch(/^These settings change nothing\. MAX_TOTAL_FILESIZE is "plenty"; it must be a Kubernetes quantity of bytes/);
    await clock.advance(60_000);
    expect((await get()).metadata.generation).toBe(metadata.generation);
    expect(lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
    // Also what is drift then is put back to the last good settings.
    await edit({ spec: { template: { spec: { hostPID: false } } } });
    await inTime(clock, async () => JSON.stringify((await get()).spec.template).includes('"hostPID":true'));
    expect(await environment()).toMatchObject({ MAX_TOTAL_FILESIZE: '5G', SCAN_INTERVAL: '30' });

    await configure({ MAX_TOTAL_FILESIZE: '7G' });
    await inTime(clock, async () => (await environment())['MAX_TOTAL_FILESIZE'] === '7G');
    expect(keeper.obstacles).toEqual([]);
  });

  test('a setting that is not text is told, and not passed over', async () => {
    await admin.create(configMaps(), { metadata: { name: 'pcapper-config' }, data: { MIN_FREE_DISK: '1G' }, binaryData: { MAX_TOTAL_FILESIZE: Buffer.from('5G', 'utf16le').toString('base64') } });
    const { keeper, clock, started } = await keep();
    await eventually(() => keeper.obstacles.length > 0);
    expect(keeper.obstacles[0]).toMatchObject({ code: 'SettingInvalid', message: 'MAX_TOTAL_FILESIZE is no text in UTF-8, and so is in binaryData. Write it as text under data.' });
    await inTime(clock, async () => (await events()).length > 0);
    expect(await exists()).toBe(false);
    await admin.patch(`${configMaps()}/pcapper-config`, 'merge', { data: { MAX_TOTAL_FILESIZE: '5G' }, binaryData: null });
    await started;
    expect(await environment()).toMatchObject({ MAX_TOTAL_FILESIZE: '5G', MIN_FREE_DISK: '1G' });
  });

  test('with bad settings from the beginning a DaemonSet that is there stays as it is, and none is made', async () => {
    await configure({ LOG_LEVEL: 'loud' });
    const first = await keep();
    await eventually(() => first.keeper.obstacles.length > 0);
    await first.clock.advance(60_000);
    expect(await exists()).toBe(false);
    await configure({ LOG_LEVEL: 'debug' });
    await first.started;
    const before = await get();
    life.abort(new Error('restarted'));
    life = new AbortController();
    await configure({ LOG_LEVEL: 'loud' });
    const second = await keep({ image: `${IMAGE}-next` });
    await eventually(() => second.keeper.obstacles.length > 0);
    await second.clock.advance(60_000);
    expect(await get()).toEqual(before);
  });

  test('puts back what was changed, and leaves what is not its own', async () => {
    const { started, clock } = await keep();
    await started;
    await clock.advance(10_000);
    await edit({
      spec: {
        template: {
          metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } },
          spec: { hostNetwork: false, tolerations: [], containers: [{ name: 'agent', image: 'evil', securityContext: { privileged: true } }] },
        },
      },
    });
    await inTime(clock, async () => (await get()).spec.template.spec.containers[0].image === IMAGE);
    const { template } = (await get()).spec;
    expect(template.spec).toMatchObject({ hostNetwork: true, tolerations: [{ operator: 'Exists' }] });
    expect(template.spec.containers[0].securityContext).toMatchObject({ privileged: false, readOnlyRootFilesystem: true });
    expect(template.metadata).toMatchObject({ annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' }, labels: AGENT_LABELS });
  });

  test('restores what was deleted, after a while', async () => {
    const { started, keeper, clock, applies } = await keep();
    await started;
    const before = applies();
    await admin.delete(`${daemonSets()}/pcapper`);
    await eventually(() => !keeper.isApplied);
    await clock.advance(9_000);
    expect(applies()).toBe(before);
    await inTime(clock, () => keeper.isApplied);
    expect(await exists()).toBe(true);
  });

  test('changes nothing while its namespace is being deleted: neither the DaemonSet that went nor, for a ConfigMap that went, the one that is there', async () => {
    await configure({ MAX_TOTAL_FILESIZE: '5G' });
    const { started, clock, lines, applies, watching } = await keep();
    await started;
    await watching();
    const before = applies();
    await admin.delete(`/api/v1/namespaces/${namespace}`);
    await admin.delete(`${configMaps()}/pcapper-config`);
    await inTime(clock, () => lines.some((line) => line.includes('pcapper is being uninstalled')));
    expect(await environment()).toMatchObject({ MAX_TOTAL_FILESIZE: '5G' });
    await admin.delete(`${daemonSets()}/pcapper`);
    await inTime(clock, () => lines.filter((line) => line.includes('pcapper is being uninstalled')).length > 2);
    expect(applies()).toBe(before);
    expect(await exists()).toBe(false);
  });

  test('a ConfigMap that was deleted leaves the defaults, after a while', async () => {
    await configure({ MAX_TOTAL_FILESIZE: '5G' });
    const { started, clock, applies, watching } = await keep();
    await started;
    await watching();
    const before = applies();
    await clock.advance(10_000);
    await admin.delete(`${configMaps()}/pcapper-config`);
    await clock.advance(9_000);
    expect(applies()).toBe(before);
    await inTime(clock, async () => (await environment())['MAX_TOTAL_FILESIZE'] === '10G');
  });

  test('says that a DaemonSet of its name is not its own', async () => {
    const labels = { app: 'other' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'x', image: 'x' }] } };
    await admin.create(daemonSets(), { metadata: { name: 'pcapper' }, spec: { selector: { matchLabels: labels }, template } });
    const { keeper, clock } = await keep();
    await eventually(() => keeper.obstacles.length > 0);
    expect(keeper.obstacles[0]?.code).toBe('DaemonSetForeign');
    expect(keeper.obstacles[0]?.message).toContain(`kubectl -n ${namespace} delete daemonset pcapper`);
    await admin.delete(`${daemonSets()}/pcapper`);
    await inTime(clock, () => keeper.isApplied);
    expect(keeper.obstacles).toEqual([]);
  });

  test('says which rule is missing', async () => {
    const kubeconfig = await api.kubeconfigFor(`nobody-in-${namespace}`);
    const { keeper, clock } = await keep({ kubeconfig });
    await eventually(() => keeper.obstacles.length === 2);
    const rules = [agentsConfigRules('pcapper-config'), agentsRules('pcapper-config')];
    for (const [index, { code, message }] of keeper.obstacles.entries()) {
      expect(code).toBe('MissingRight');
      expect(message).toContain(`Grant it by a Role with the rules ${JSON.stringify(rules[index])}`);
    }
    await grant(api, { user: `nobody-in-${namespace}`, namespace, rules: RULES(namespace) });
    await inTime(clock, () => keeper.isApplied);
    expect(keeper.obstacles).toEqual([]);
  });

  test('does nothing more once it was stopped', async () => {
    const { started, keeper, clock, applies } = await keep();
    await started;
    life.abort(new Error('lost the Lease'));
    await keeper[Symbol.asyncDispose]();
    const before = applies();
    await admin.delete(`${daemonSets()}/pcapper`);
    await configure({ LOG_LEVEL: 'debug' });
    await clock.advance(60_000);
    expect(applies()).toBe(before);
    expect(await exists()).toBe(false);
  });
});
