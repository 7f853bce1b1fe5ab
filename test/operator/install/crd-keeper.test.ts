import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ApiOutcome, KubernetesClient, type KubernetesObject, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import { type CustomResourceDefinition, packetCaptureCrd, packetCaptureSetCrd } from '../../../src/api/v1alpha1/index.ts';
import { CrdKeeper } from '../../../src/operator/install/crd-keeper.ts';
import { crdRules } from '../../../src/operator/install/crd-rules.ts';
import { OwnInstallation, ownInstallationRules } from '../../../src/operator/install/own-installation.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { grant } from '../grant.ts';
import { logged } from '../logged.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const NAMES = [packetCaptureCrd().metadata.name, packetCaptureSetCrd().metadata.name];
const [NAME = ''] = NAMES;

interface Crd extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly generation: number; readonly managedFields: readonly { manager: string; operation: string }[] };
  readonly spec: CustomResourceDefinition['spec'] & { readonly conversion?: object };
}

requires('kube-apiserver').describe('the keeper of CRDs on a real API server', () => {
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
  beforeEach(() => {
    life = new AbortController();
  });
  afterEach(async () => {
    life.abort(new Error('test over'));
    for (const { metadata } of (await admin.list(CRDS)).items) await remove(metadata.name);
  });

  const get = (name: string) => admin.get<Crd>(`${CRDS}/${name}`);
  const exists = async (name: string) => (await api.request('GET', `${CRDS}/${name}`)).status === 200;
  const edit = (name: string, body: object) => admin.patch<Crd>(`${CRDS}/${name}`, 'merge', body);
  async function remove(name: string): Promise<void> {
    await admin.delete(`${CRDS}/${name}`);
    await eventually(async () => !(await exists(name)));
  }

  interface KeepOptions {
    readonly kubeconfig?: string;
    readonly namespace?: string;
    readonly deployment?: string;
    readonly crds?: readonly CustomResourceDefinition[];
  }

  async function keep({ kubeconfig = api.kubeconfig, namespace = 'default', deployment, crds = [packetCaptureCrd(), packetCaptureSetCrd()] }: KeepOptions = {}) {
    const calls: ApiOutcome[] = [];
    const client = new KubernetesClient(await loadConnection({ kubeconfig }), { observe: (outcome) => calls.push(outcome) });
    const clock = new ManualClock();
    const { logger, lines } = logged();
    const installation = new OwnInstallation({ client, namespace, deployment });
    const keeper = new CrdKeeper({ client, clock, logger, installation, crds });
    const started = keeper.start(life.signal);
    started.catch(() => undefined);
    const applies = () => calls.filter(({ method }) => method === 'PATCH').length;
    return { keeper, started, clock, calls, applies, lines };
  }

  /** Lets retries come until it holds. */
  const inTime = (clock: ManualClock, holds: () => boolean | Promise<boolean>) =>
    eventually(async () => {
      await clock.advance(1_000);
      return holds();
    });

  test('installs both, and they can be used', async () => {
    const { started, keeper } = await keep();
    await started;
    expect(keeper.isEstablished).toBe(true);
    expect(keeper.obstacles).toEqual([]);
    for (const crd of [packetCaptureCrd(), packetCaptureSetCrd()]) {
      const { spec, metadata } = await get(crd.metadata.name);
      expect(spec).toMatchObject(crd.spec);
      expect(metadata.managedFields.find(({ operation }) => operation === 'Apply')?.manager).toBe('pcapper-operator');
    }
    const capture = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name: 'x' }, spec: { targetNode: 'n', targetInterface: 'any' } };
    // What is established is served a moment later.
    await eventually(async () => (await api.request('POST', '/apis/pcapper.io/v1alpha1/namespaces/default/packetcaptures', capture)).status === 201);
  });

  test('writes nothing where nothing differs, and then is quiet', async () => {
    await (await keep()).started;
    const before = await Promise.all(NAMES.map(get));
    const second = await keep();
    await second.started;
    await eventually(() => second.calls.filter(({ method }) => method === 'WATCH').length === 2);
    expect(await Promise.all(NAMES.map(get))).toEqual(before);
    expect(second.applies()).toBe(2);
    await second.clock.advance(120_000);
    expect(second.applies()).toBe(2);
  });

  test('takes over what was installed by hand', async () => {
    for (const crd of [packetCaptureCrd(), packetCaptureSetCrd()]) await admin.create(CRDS, crd);
    await (await keep()).started;
    const managers = (await get(NAME)).metadata.managedFields.map(({ manager }) => manager);
    expect(managers).toContain('pcapper-operator');
  });

  test('puts back what was changed, and leaves what is not its own', async () => {
    const { started, clock } = await keep();
    await started;
    const { generation } = (await get(NAME)).metadata;
    const [version] = packetCaptureCrd().spec.versions;
    await clock.advance(10_000);
    await edit(NAME, { metadata: { labels: { team: 'net' } }, spec: { versions: [{ ...version, additionalPrinterColumns: [] }] } });
    await eventually(async () => (await get(NAME)).metadata.generation === generation + 2);
    const { spec, metadata } = await get(NAME);
    expect(spec).toMatchObject(packetCaptureCrd().spec);
    expect(metadata.labels).toEqual({ team: 'net' });
  });

  test('does not race with somebody who disagrees', async () => {
    const { started, clock, applies } = await keep();
    await started;
    const { generation } = (await get(NAME)).metadata;
    const differ = () => edit(NAME, { spec: { names: { shortNames: ['pc'] } } });
    await clock.advance(10_000);
    await differ();
    await eventually(async () => (await get(NAME)).metadata.generation === generation + 2);
    // What was written is seen before its answer has come.
    await eventually(() => applies() === 3);
    await differ();
    await clock.advance(9_000);
    expect((await get(NAME)).metadata.generation).toBe(generation + 3);
    expect(applies()).toBe(3);
    await inTime(clock, async () => (await get(NAME)).metadata.generation === generation + 4);
    expect((await get(NAME)).spec.names.shortNames).toEqual(['pktcap']);
  });

  test('restores what was deleted, after a while', async () => {
    const { started, keeper, clock, applies } = await keep();
    await started;
    const before = applies();
    await remove(NAME);
    await eventually(() => !keeper.isEstablished);
    await clock.advance(9_000);
    expect(applies()).toBe(before);
    await inTime(clock, () => keeper.isEstablished);
    expect((await get(NAME)).spec).toMatchObject(packetCaptureCrd().spec);
  });

  test('restores nothing while its namespace is being deleted', async () => {
    await admin.create('/api/v1/namespaces', { metadata: { name: 'going' } });
    const { started, clock, lines, applies } = await keep({ namespace: 'going' });
    await started;
    const before = applies();
    await admin.delete('/api/v1/namespaces/going');
    await remove(NAME);
    await inTime(clock, () => lines.some((line) => line.includes('pcapper is being uninstalled')));
    expect(applies()).toBe(before);
    expect(await exists(NAME)).toBe(false);
  });

  test('restores nothing once its Deployment is deleted', async () => {
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const labels = { app: 'pcapper-operator' };
    await admin.create(deployments, {
      metadata: { name: 'pcapper-operator' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'operator', image: 'operator' }] } } },
    });
    const { started, keeper, clock, lines, applies } = await keep({ deployment: 'pcapper-operator' });
    await started;
    await remove(NAME);
    await inTime(clock, () => keeper.isEstablished && applies() > 2);
    const before = applies();
    await admin.delete(`${deployments}/pcapper-operator`);
    await remove(NAME);
    await inTime(clock, () => lines.some((line) => line.includes('pcapper is being uninstalled')));
    expect(applies()).toBe(before);
    expect(await exists(NAME)).toBe(false);
  });

  test('says that another CRD has the names, and goes on when it is gone', async () => {
    const { spec } = packetCaptureCrd();
    const names = { ...spec.names, plural: 'captures', singular: 'capture', shortNames: ['caps'], listKind: 'CaptureList' };
    await admin.create(CRDS, { ...packetCaptureCrd(), metadata: { name: 'captures.pcapper.io' }, spec: { ...spec, names } });
    await eventually(async () => JSON.stringify((await get('captures.pcapper.io')).status).includes('"reason":"NoConflicts"'));
    const { started, keeper, lines } = await keep();
    await eventually(() => keeper.obstacles.length > 0);
    expect(keeper.isEstablished).toBe(false);
    expect(keeper.obstacles.map(({ message }) => message)).toEqual([
      'The CRD packetcaptures.pcapper.io is not accepted: "PacketCapture" is already in use (KindConflict). ' +
        'Another CRD of the group pcapper.io has that name. Find it with kubectl get crds | grep pcapper.io, and remove it.',
    ]);
    expect(lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
    await remove('captures.pcapper.io');
    await started;
    expect(keeper.obstacles).toEqual([]);
  });

  test('says that objects are stored in a version that it does not know, and touches nothing', async () => {
    const crd = packetCaptureCrd();
    const [version] = crd.spec.versions;
    const versions = [{ ...version, name: 'v1alpha0', storage: true }, { ...version, storage: false }];
    await admin.create(CRDS, { ...crd, spec: { ...crd.spec, versions } });
    const { keeper } = await keep();
    await eventually(() => keeper.obstacles.length > 0);
    expect(keeper.obstacles[0]?.code).toBe('CrdStoredVersions');
    expect(keeper.obstacles[0]?.message).toMatch(/^The CRD packetcaptures.pcapper.io cannot be updated: its objects were stored as v1alpha0, and .* knows v1alpha1/);
    expect((await get(NAME)).spec.versions.map(({ name }) => name)).toEqual(['v1alpha0', 'v1alpha1']);
  });

  test('says that a CRD of its name is not its own', async () => {
    const crd = packetCaptureCrd();
    await admin.create(CRDS, { ...crd, spec: { ...crd.spec, scope: 'Cluster' } });
    const { keeper, clock } = await keep();
    await eventually(() => keeper.obstacles.length > 0);
    expect(keeper.obstacles[0]).toMatchObject({ code: 'CrdForeign' });
    expect(keeper.obstacles[0]?.message).toContain("is not pcapper's: spec.scope");
    await remove(NAME);
    await inTime(clock, () => keeper.isEstablished);
  });

  describe('with rights', () => {
    const rules = crdRules(NAMES);
    const own = ownInstallationRules({ namespace: 'default' });

    test('says which rule is missing, and does all with that rule and no other', async () => {
      const user = 'keeper-of-crds';
      const { keeper, clock, started, applies } = await keep({ kubeconfig: await api.kubeconfigFor(user) });
      await eventually(() => keeper.obstacles.length === 2);
      const [first] = keeper.obstacles;
      expect(first?.code).toBe('MissingRight');
      expect(first?.message).toMatch(/User "keeper-of-crds" cannot list resource "customresourcedefinitions"/);
      expect(first?.message).toContain(`Grant it by a ClusterRole with the rules ${JSON.stringify(crdRules([NAME]))}`);

      await grant(api, { user, rules });
      // Of one CRD this may be told while the other is not looked at again yet.
      const lacking = () => keeper.obstacles.find(({ message }) => message.includes('cannot get resource "namespaces"'));
      await inTime(clock, () => lacking() !== undefined);
      expect(lacking()?.message).toContain(`Grant it by a Role with the rules ${JSON.stringify(own)}`);

      await grant(api, { user, namespace: 'default', rules: own });
      await inTime(clock, () => keeper.isEstablished);
      await started;
      const before = applies();
      await remove(NAME);
      await inTime(clock, () => keeper.isEstablished && applies() > before);
      await clock.advance(10_000);
      await edit(NAME, { spec: { names: { shortNames: ['pc'] } } });
      await inTime(clock, async () => (await get(NAME)).spec.names.shortNames[0] === 'pktcap');
    });

    test.each(['create', 'patch'])('says that %s is missing', async (verb) => {
      const user = `keeper-without-${verb}`;
      await grant(api, { user, rules: rules.map((rule) => ({ ...rule, verbs: rule.verbs.filter((other) => other !== verb) })) });
      await grant(api, { user, namespace: 'default', rules: own });
      const { keeper, clock } = await keep({ kubeconfig: await api.kubeconfigFor(user) });
      await inTime(clock, () => keeper.obstacles.some(({ code, message }) => code === 'MissingRight' && message.includes(`cannot ${verb} resource`)));
      expect(await exists(NAME)).toBe(false);
    });
  });

  test('outlives an API server that is down, and says so', async () => {
    await api.stop();
    const { keeper, clock } = await keep();
    try {
      await eventually(() => keeper.obstacles.length === 2);
      expect(keeper.obstacles[0]?.code).toBe('ApiConnection');
    } finally {
      await api.restart();
    }
    await inTime(clock, () => keeper.isEstablished);
    expect(keeper.obstacles).toEqual([]);
  });

  test('does nothing more once it was stopped', async () => {
    const { started, keeper, clock, applies } = await keep();
    await started;
    life.abort(new Error('lost the Lease'));
    await keeper[Symbol.asyncDispose]();
    const before = applies();
    await remove(NAME);
    await clock.advance(60_000);
    expect(applies()).toBe(before);
    expect(await exists(NAME)).toBe(false);
  });

  test('rejects when it is stopped before all are established', async () => {
    life.abort(new Error('lost the Lease'));
    const { started, applies } = await keep();
    await expect(started).rejects.toThrow('lost the Lease');
    expect(applies()).toBe(0);
  });
});
