import { afterAll, beforeAll, expect, it } from 'vitest';
import { statusOf } from '../../../src/api/v1alpha1/index.ts';
import type { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { ask } from './answer.ts';
import { ALL_CRDS, conditionOf, startWithCrds } from './installed-crds.ts';
import { finishedReport, releasedReport, runningReport, scheduledReport } from './reports.ts';

const GROUP = '/apis/pcapper.io/v1alpha1';
const CAPTURES = `${GROUP}/namespaces/default/packetcaptures`;
const AS_TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

requires('kube-apiserver').describe('the CRDs on a real API server', () => {
  let server: KubeApiserver;
  beforeAll(async () => {
    server = await startWithCrds(ALL_CRDS);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const create = async (name: string, spec: object, status?: object) => {
    const object = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name }, spec };
    const created = await ask(server, 'POST', CAPTURES, object);
    expect(created).toMatchObject({ status: 201 });
    if (status !== undefined) {
      const put = await ask(server, 'PUT', `${CAPTURES}/${name}/status`, { ...(created.body as object), status });
      expect(put).toMatchObject({ status: 200, body: { status } });
    }
  };

  it.each(ALL_CRDS)('$metadata.name is established, structural and has its names', async ({ metadata }) => {
    expect(await conditionOf(server, metadata.name, 'Established')).toBe('True');
    expect(await conditionOf(server, metadata.name, 'NamesAccepted')).toBe('True');
    expect(await conditionOf(server, metadata.name, 'NonStructuralSchema')).toBeUndefined();
  });

  it('loses no word of the schema: what is stored is what was made', async () => {
    for (const crd of ALL_CRDS) {
      const { body } = await ask(server, 'GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`);
      expect(body).toMatchObject(JSON.parse(JSON.stringify(crd)) as object);
    }
  });

  it('has short names and categories', async () => {
    const { body } = await ask(server, 'GET', GROUP);
    const { resources } = body as { resources: { name: string; shortNames?: string[]; categories?: string[] }[] };
    const of = (name: string) => resources.find((resource) => resource.name === name);
    expect(of('packetcaptures')).toMatchObject({ shortNames: ['pktcap'], categories: ['pcapper'] });
    expect(of('packetcapturesets')).toMatchObject({ shortNames: ['pktcapset'], categories: ['pcapper'] });
  });

  it('selects by node and progress, unclaimed ones too', async () => {
    const pod = { targetNamespace: 'shop', targetPod: 'web-1' };
    await create('unclaimed', pod);
    await create('assigned', pod, { node: 'sel-1' });
    await create('given-back', pod, statusOf(releasedReport(), undefined, 0));
    await create('running', pod, { node: 'sel-1', progress: 'running' });
    await create('elsewhere', pod, { node: 'sel-2', progress: 'running' });
    const select = async (fieldSelector: string) => {
      const { status, body } = await ask(server, 'GET', CAPTURES, undefined, { query: { fieldSelector } });
      expect(status).toBe(200);
      return (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name).sort();
    };
    expect(await select('status.node=,status.progress=')).toEqual(['given-back', 'unclaimed']);
    expect(await select('status.node=sel-1')).toEqual(['assigned', 'running']);
    expect(await select('status.progress=running,status.node!=sel-1')).toEqual(['elsewhere']);
    expect((await ask(server, 'DELETE', CAPTURES)).status).toBe(200);
  });

  it('takes and shows every status that a report amounts to', async () => {
    const now = Date.UTC(2026, 0, 31, 12);
    const pod = { targetNamespace: 'shop', targetPod: 'web-1' };
    await create('a-pod', pod, statusOf(finishedReport(), undefined, now));
    await create('b-node', { targetNode: 'n1', targetInterface: 'eth0' }, statusOf(runningReport(), undefined, now));
    await create('c-scheduled', pod, statusOf(scheduledReport(), undefined, now));
    await create('d-new', pod);
    const { body } = await ask(server, 'GET', CAPTURES, undefined, AS_TABLE);
    const { columnDefinitions, rows } = body as Table;
    const shown = columnDefinitions.flatMap(({ name, priority }, index) => (priority === 0 && name !== 'Age' ? [index] : []));
    expect(shown.map((index) => columnDefinitions[index]?.name)).toEqual(['Name', 'Target', 'Node', 'Progress', 'Packets', 'Dropped']);
    expect(rows.map(({ cells }) => shown.map((index) => cells[index]))).toEqual([
      ['a-pod', 'web-1', 'n1', 'finished', 251, 0],
      ['b-node', 'n1', 'n1', 'running', 251, 0],
      ['c-scheduled', 'web-1', 'n1', 'scheduled', null, null],
      ['d-new', 'web-1', null, null, null, null],
    ]);
  });

  it('takes a status whose message is longer than a condition may be', async () => {
    const message = 'no such device; '.repeat(4_000);
    await create('long', { targetNamespace: 'shop', targetPod: 'web-1' }, statusOf(finishedReport({ progress: 'failure', reason: 'Mine', message }), undefined, Date.UTC(2026, 0, 31, 12)));
    const { body } = await ask(server, 'GET', `${CAPTURES}/long`);
    expect(body).toMatchObject({ status: { message } });
  });

  it('refuses more files than a status has room for, and times that are none', async () => {
    const put = async (status: object) => {
      const { body } = await ask(server, 'GET', `${CAPTURES}/d-new`);
      return (await ask(server, 'PUT', `${CAPTURES}/d-new/status`, { ...(body as object), status })).status;
    };
    const files = Array.from({ length: 51 }, (_, index) => ({ name: `f${index}`, bytes: 1 }));
    expect(await put({ files })).toBe(422);
    expect(await put({ files: files.slice(1) })).toBe(200);
    expect(await put({ startTime: 'yesterday' })).toBe(422);
    expect(await put({ progress: 'done' })).toBe(422);
  });

  it('lets managers own conditions by type, and files as a whole', async () => {
    const condition = (type: string) => ({ type, status: 'True', reason: 'Test', message: '', lastTransitionTime: '2026-01-31T12:00:00Z' });
    const apply = (fieldManager: string, status: object) =>
      ask(
        server,
        'PATCH',
        `${CAPTURES}/c-scheduled/status`,
        { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', status },
        { contentType: 'application/apply-patch+yaml', query: { fieldManager } },
      );
    expect((await apply('one', { conditions: [condition('First')], files: [{ name: 'a', bytes: 1 }] })).status).toBe(200);
    expect((await apply('two', { conditions: [condition('Second')] })).status).toBe(200);
    expect((await apply('two', { conditions: [condition('Second')], files: [{ name: 'b', bytes: 1 }] })).status).toBe(409);
    const { body } = await apply('two', { conditions: [condition('Second')] });
    const { conditions } = (body as { status: { conditions: { type: string }[] } }).status;
    expect(conditions.map(({ type }) => type)).toEqual(expect.arrayContaining(['First', 'Second']));
  });
});
