import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from 'pcapper';
import { KubernetesClient, loadConnection } from 'pcapper/kubernetes';
import { FakeNode } from 'pcapper/testing';
import { IncidentClaim } from '../../../examples/custom-controller/incident-claim.ts';
import { IncidentController } from '../../../examples/custom-controller/incident-controller.ts';
import { KubernetesIncidents } from '../../../examples/custom-controller/kubernetes-incidents.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { realClock } from '../../adapters/kubernetes/real-clock.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { createIncident, INCIDENTS, installIncidents, statusOf } from './install-incidents.ts';

requires('kube-apiserver').describe('Incidents of an API server', () => {
  let server: KubeApiserver;
  let admin: KubernetesClient;
  beforeAll(async () => {
    server = await KubeApiserver.start();
    admin = new KubernetesClient(await loadConnection({ kubeconfig: server.kubeconfig }));
    await installIncidents(admin);
  });
  afterAll(async () => {
    admin[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const connect = async () => new KubernetesClient(await loadConnection({ kubeconfig: await server.kubeconfigForServiceAccount('incident-controller', 'incident-controller') }));

  it('are captured, with the rights of the manifest, and told what came of it', async () => {
    using client = await connect();
    const node = new FakeNode();
    const web = node.addPod('default/web-1');
    const incidents = new KubernetesIncidents(client, realClock);
    await createIncident(admin, 'slow');
    await using controller = new IncidentController({ engine: node.createEngine(), claim: new IncidentClaim(node.pods, []), incidents, clock: node.clock, logger: silentLogger });
    await controller.start();
    await eventually(async () => (await statusOf(admin, 'slow')) !== undefined);
    expect(await statusOf(admin, 'slow')).toEqual({ phase: 'Capturing', node: 'n1', message: 'eth0 is captured.' });
    node.tcpdumpOf(web).receive(8);
    await node.clock.advance(60_000);
    await eventually(async () => JSON.stringify(await statusOf(admin, 'slow')).includes('Captured'));
    expect(await statusOf(admin, 'slow')).toMatchObject({ phase: 'Captured', reason: 'TimeLimit', packets: 8, files: node.disk.paths });

    const { metadata: { uid } } = await createIncident(admin, 'brief');
    await eventually(() => node.runner.runs.some(({ alive, spec }) => alive && spec.captureUid === uid));
    await admin.delete(`${INCIDENTS}/brief`);
    await eventually(() => node.runner.runs.every(({ alive }) => !alive));
  });

  it('are not told of the capture of an earlier one of their name', async () => {
    using client = await connect();
    const incidents = new KubernetesIncidents(client, realClock);
    const { metadata } = await createIncident(admin, 'twice');
    const earlier = { namespace: 'default', ...metadata };
    await admin.delete(`${INCIDENTS}/twice`);
    await incidents.write(earlier, { phase: 'Failed', node: 'n1', message: 'Gone.' });
    await createIncident(admin, 'twice');
    await incidents.write(earlier, { phase: 'Failed', node: 'n1', message: 'Another.' });
    expect(await statusOf(admin, 'twice')).toBeUndefined();
  });
});
