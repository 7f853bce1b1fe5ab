import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from 'pcapper';
import { KubernetesClient, type KubernetesObject, loadConnection } from 'pcapper/kubernetes';
import { FakeNode } from 'pcapper/testing';
import { parseAllDocuments } from 'yaml';
import { IncidentClaim } from '../../../examples/custom-controller/incident-claim.ts';
import { IncidentController } from '../../../examples/custom-controller/incident-controller.ts';
import { KubernetesIncidents } from '../../../examples/custom-controller/kubernetes-incidents.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { realClock } from '../../adapters/kubernetes/real-clock.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';

const INCIDENTS = '/apis/example.com/v1/namespaces/default/incidents';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
/** Where the objects of incidents.yaml are made. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ServiceAccount: '/api/v1/namespaces/default/serviceaccounts',
  ClusterRole: `${RBAC}/clusterroles`,
  ClusterRoleBinding: `${RBAC}/clusterrolebindings`,
};

requires('kube-apiserver').describe('Incidents of an API server', () => {
  let server: KubeApiserver;
  let admin: KubernetesClient;
  const life = new AbortController();
  beforeAll(async () => {
    server = await KubeApiserver.start();
    admin = new KubernetesClient(await loadConnection({ kubeconfig: server.kubeconfig }));
    const manifest = await readFile(new URL('../../../examples/custom-controller/incidents.yaml', import.meta.url), 'utf8');
    for (const document of parseAllDocuments(manifest)) {
      const object = document.toJS() as { readonly kind: string };
      await admin.create(COLLECTIONS[object.kind] ?? object.kind, object);
    }
    await eventually(() => admin.list(INCIDENTS).then(() => true, () => false));
  });
  afterAll(async () => {
    life.abort(new Error('test over'));
    admin[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const create = (name: string) => admin.create(INCIDENTS, { apiVersion: 'example.com/v1', kind: 'Incident', metadata: { name }, spec: { pod: 'web-1', reason: 'It is slow.' } });
  const connect = async () => new KubernetesClient(await loadConnection({ kubeconfig: await server.kubeconfigForServiceAccount('default', 'incident-controller') }));
  const statusOf = async (name: string) => (await admin.get<KubernetesObject & { readonly status?: object }>(`${INCIDENTS}/${name}`)).status;

  it('are captured, with the rights of the manifest, and told what came of it', async () => {
    using client = await connect();
    const node = new FakeNode();
    const web = node.addPod('default/web-1');
    const incidents = new KubernetesIncidents(client, realClock);
    await create('slow');
    await using controller = new IncidentController({ engine: node.createEngine(), claim: new IncidentClaim(node.pods, []), incidents, clock: node.clock, logger: silentLogger });
    await controller.start();
    await eventually(async () => (await statusOf('slow')) !== undefined);
    expect(await statusOf('slow')).toEqual({ phase: 'Capturing', node: 'n1', message: 'eth0 of web-1 is captured.' });
    node.tcpdumpOf(web).receive(8);
    await node.clock.advance(60_000);
    await eventually(async () => JSON.stringify(await statusOf('slow')).includes('Captured'));
    expect(await statusOf('slow')).toMatchObject({ phase: 'Captured', reason: 'TimeLimit', packets: 8, files: node.disk.paths });

    const { metadata: { uid } } = await create('brief');
    await eventually(() => node.runner.runs.some(({ alive, spec }) => alive && spec.captureUid === uid));
    await admin.delete(`${INCIDENTS}/brief`);
    await eventually(() => node.runner.runs.every(({ alive }) => !alive));
  });

  it('are not told of the capture of an earlier one of their name', async () => {
    using client = await connect();
    const incidents = new KubernetesIncidents(client, realClock);
    const { metadata } = await create('twice');
    const earlier = { namespace: 'default', ...metadata };
    await admin.delete(`${INCIDENTS}/twice`);
    await incidents.write(earlier, { phase: 'Failed', node: 'n1', message: 'Gone.' });
    await create('twice');
    await incidents.write(earlier, { phase: 'Failed', node: 'n1', message: 'Another.' });
    expect(await statusOf('twice')).toBeUndefined();
  });
});
