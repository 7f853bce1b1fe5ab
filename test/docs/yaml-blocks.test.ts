import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { KubernetesClient, type KubernetesObject, loadConnection } from '../../src/adapters/kubernetes/index.ts';
import { packetCaptureCrd, packetCaptureSetCrd } from '../../src/api/v1alpha1/index.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { KubeApiserver } from '../harness/kube-apiserver.ts';
import { requires } from '../harness/requirements.ts';
import { blocksOf, PAGES } from './markdown-blocks.ts';

/** What is no object of an API server; test/e2e/pages.e2e.ts has kubectl make objects of it. */
const FOR_KUBECTL = 'kustomize.config.k8s.io/v1beta1';

const OBJECTS = PAGES.flatMap(blocksOf)
  .filter(({ language }) => language === 'yaml')
  .flatMap(({ page, line, text }) => parseAllDocuments(text).map((document) => ({ where: `${page}:${line}`, document })))
  .filter(({ document }) => (document.toJS() as KubernetesObject | null)?.apiVersion !== FOR_KUBECTL);

requires('kube-apiserver').describe('the YAML of the pages', () => {
  let server: KubeApiserver;
  let client: KubernetesClient;
  beforeAll(async () => {
    server = await KubeApiserver.start();
    client = new KubernetesClient(await loadConnection({ kubeconfig: server.kubeconfig }));
    for (const crd of [packetCaptureCrd(), packetCaptureSetCrd()]) {
      await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
      await eventually(() => client.list(`/apis/pcapper.io/v1alpha1/${crd.spec.names.plural}`).then(() => true, () => false));
    }
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Where objects of that kind are made: as the API server tells it. */
  async function collectionOf({ apiVersion = '', kind, metadata }: KubernetesObject): Promise<string> {
    const api = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { resources } = (await server.request('GET', api)).body as { readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[] };
    const resource = resources.find((each) => each.kind === kind && !each.name.includes('/'));
    if (resource === undefined) throw new Error(`the API server knows no ${kind} of ${apiVersion}`);
    return `${api}/${resource.namespaced ? `namespaces/${metadata.namespace ?? 'default'}/` : ''}${resource.name}`;
  }

  it.each(OBJECTS)('at $where is an object that a real API server takes', async ({ document }) => {
    expect(document.errors).toEqual([]);
    const object = document.toJS() as KubernetesObject;
    const { namespace } = object.metadata;
    // One that is there already is all right.
    if (namespace !== undefined) await client.create('/api/v1/namespaces', { metadata: { name: namespace } }).catch(() => undefined);
    const answer = await server.request('POST', `${await collectionOf(object)}?dryRun=All&fieldValidation=Strict`, object);
    expect(answer).toMatchObject({ status: 201 });
  });
});

it('there is some', () => expect(OBJECTS.length).toBeGreaterThan(1));
