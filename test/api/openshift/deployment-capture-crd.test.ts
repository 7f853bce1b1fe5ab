import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { deploymentCaptureCrd, type DeploymentCaptureStatus, MAX_STATUS_PODS, type PodCapture } from '../../../src/api/openshift/index.ts';
import type { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { ask } from '../v1alpha1/answer.ts';
import { startWithCrds } from '../v1alpha1/installed-crds.ts';

const COLLECTION = '/apis/monitoring.openshift.tpg/v1alpha1/namespaces/packet-capture/packetcaptures';
const AS_TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };
const NAME = 'packet-capture-openshift-gitops-openshift-gitops-server';

requires('kube-apiserver').describe('the published example on a real API server', () => {
  let server: KubeApiserver;
  beforeAll(async () => {
    server = await startWithCrds([deploymentCaptureCrd()]);
    await ask(server, 'POST', '/api/v1/namespaces', { metadata: { name: 'packet-capture' } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const putStatus = async (status: DeploymentCaptureStatus) => {
    const { body } = await ask(server, 'GET', `${COLLECTION}/${NAME}`);
    return ask(server, 'PUT', `${COLLECTION}/${NAME}/status`, { ...(body as object), status });
  };

  it('is taken unchanged, and served as it is', async () => {
    const example = parse(await readFile(new URL('../../../deploy/jobs/samples/openshift-gitops-server.yaml', import.meta.url), 'utf8'), { version: '1.1' }) as object;
    expect(await ask(server, 'POST', COLLECTION, example)).toMatchObject({ status: 201, body: example });
    expect(await ask(server, 'GET', `${COLLECTION}/${NAME}`)).toMatchObject({ status: 200, body: example });
  });

  const pod: PodCapture = {
    name: 'web-a1-x',
    uid: 'u1',
    node: 'n1',
    job: 'web-a1-x-qwer',
    progress: 'finished',
    reason: 'TimeLimit',
    message: 'Its time is over.',
    interface: 'eth0',
    startTime: '2026-01-31T12:00:00Z',
    completionTime: '2026-01-31T12:00:30Z',
    packets: { captured: 7, received: 7, dropped: 0 },
    lossless: 'True',
    files: [{ name: 'n1.x.pcap0', bytes: 1024 }],
    filesTotal: { count: 1, bytes: 1024 },
  };

  it('keeps every word of a status, and shows the sums', async () => {
    const status: DeploymentCaptureStatus = {
      observedGeneration: 1,
      progress: 'running',
      message: '1 capture: 1 finished.',
      startTime: '2026-01-31T12:00:00Z',
      pods: [pod],
      podsTotal: { count: 1, scheduled: 0, running: 0, finished: 1, failure: 0 },
      packets: { captured: 7, received: 7, dropped: 0 },
      filesTotal: { count: 1, bytes: 1024 },
      conditions: [{ type: 'Accepted', status: 'True', reason: 'Valid', message: '', lastTransitionTime: '2026-01-31T12:00:00Z' }],
    };
    const written = await putStatus(status);
    expect(written.status).toBe(200);
    expect((written.body as { readonly status: unknown }).status).toEqual(status);
    const { body } = await ask(server, 'GET', COLLECTION, undefined, AS_TABLE);
    const { columnDefinitions, rows } = body as { columnDefinitions: { name: string; priority: number }[]; rows: { cells: unknown[] }[] };
    const shown = columnDefinitions.flatMap(({ name, priority }, index) => (priority === 0 && name !== 'Age' ? [index] : []));
    expect(shown.map((index) => [columnDefinitions[index]?.name, rows[0]?.cells[index]])).toEqual([
      ['Name', NAME],
      ['Deployment', 'openshift-gitops-server'],
      ['Job ID', 'qwer'],
      ['Progress', 'running'],
      ['Pods', 1],
      ['Running', 0],
      ['Packets', 7],
      ['Dropped', 0],
    ]);
  });

  it('holds no more Pods than it has room for, and its end is final', async () => {
    const pods = (count: number) => Array.from({ length: count }, (_, index) => ({ ...pod, uid: `u${index}` }));
    expect((await putStatus({ progress: 'running', pods: pods(MAX_STATUS_PODS + 1) })).status).toBe(422);
    expect((await putStatus({ progress: 'finished', pods: pods(MAX_STATUS_PODS) })).status).toBe(200);
    expect((await putStatus({ progress: 'running' })).status).toBe(422);
  });
});
