import { afterAll, beforeAll, expect, it } from 'vitest';
import { EmbeddedKubernetes } from '../../examples/demo/embedded-kubernetes/index.ts';
import { packetCaptureCrd, validatePacketCapture } from '../../src/api/v1alpha1/index.ts';
import { ApiConnection } from '../harness/api-connection.ts';
import { KubeApiserver } from '../harness/kube-apiserver.ts';
import { requires } from '../harness/requirements.ts';
import { conversation } from './conversation/index.ts';
import { probeCrd } from './conversation/probe.ts';
import { type Chapter, type Interlocutor, Talk } from './conversation/talk.ts';

// Both are told the same and must answer the same. Where they do not, the embedded one is wrong.
requires('kube-apiserver').describe('the embedded API answers as kube-apiserver does', () => {
  let real: KubeApiserver;
  let embedded: EmbeddedKubernetes;
  let toEmbedded: Interlocutor & Disposable;

  beforeAll(async () => {
    real = await KubeApiserver.start();
    const ours = packetCaptureCrd();
    embedded = await EmbeddedKubernetes.start({ rules: { [ours.metadata.name]: { validate: validatePacketCapture } } });
    const connection = new ApiConnection(embedded.url);
    toEmbedded = Object.assign(connection, {
      expireHistory: () => {
        embedded.expireHistory();
        return Promise.resolve();
      },
    });
    for (const server of [real, toEmbedded]) {
      for (const crd of [probeCrd, ours]) {
        const { status } = await server.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
        expect(status).toBe(201);
        const served = `/apis/${crd.spec.group}/v1alpha1/${crd.spec.names.plural}`;
        await new Talk(server, 'default').until(200, 'GET', served);
      }
    }
  });

  afterAll(async () => {
    toEmbedded[Symbol.dispose]();
    await embedded[Symbol.asyncDispose]();
    await real[Symbol.asyncDispose]();
  });

  it.each(conversation.map((chapter, i) => ({ ...chapter, namespace: `chapter-${i + 1}` })))('$name', async (chapter) => {
    const [heard, wanted] = await Promise.all([tell(toEmbedded, chapter), tell(real, chapter)]);
    expect(heard).toEqual(wanted);
    expect(heard).not.toHaveLength(0);
  });

  async function tell(server: Interlocutor, chapter: Chapter & { readonly namespace: string }): Promise<unknown> {
    const { namespace } = chapter;
    expect((await server.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } })).status).toBe(201);
    const talk = new Talk(server, namespace);
    await chapter.tell(talk);
    return talk.record;
  }
});
