import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { EmbeddedKubernetes, StatusError } from '../../examples/demo/embedded-kubernetes/index.ts';
import { packetCaptureCrd, validatePacketCapture } from '../../src/api/v1alpha1/index.ts';
import { ApiConnection } from '../harness/api-connection.ts';

const crd = packetCaptureCrd();
const options = { definitions: [crd], rules: { [crd.metadata.name]: { validate: validatePacketCapture } }, namespaces: ['pcapper'] };
const HEAD = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture' };
const ONE = { ...HEAD, namespace: 'pcapper', name: 'one' };
const capture = (name: string) => ({ ...HEAD, metadata: { name, namespace: 'pcapper' }, spec: { targetNamespace: 'shop', targetPod: 'web' } });

describe('EmbeddedKubernetes, from within', () => {
  it('creates, changes and deletes objects, with defaults and rules', async () => {
    await using api = await EmbeddedKubernetes.start(options);
    const created = api.create(capture('one'));
    expect(created).toMatchObject({ metadata: { generation: 1 }, spec: { captureSeconds: 600, stop: false } });
    expect(() => api.create({ ...capture('two'), spec: {} })).toThrow(expect.objectContaining({ code: 422, reason: 'Invalid' }) as Error);
    expect(api.patch(ONE, { status: { progress: 'running', node: 'n1' } }, 'status')).toMatchObject({ status: { node: 'n1' } });
    expect(() => api.update({ ...created, spec: {} })).toThrow(StatusError);
    expect(api.list({ ...HEAD, namespace: 'pcapper' }, { fieldSelector: 'status.node=n1' })).toHaveLength(1);
    api.delete(ONE);
    expect(() => api.get(ONE)).toThrow('packetcaptures.pcapper.io "one" not found');
  });

  it('hands out copies', async () => {
    await using api = await EmbeddedKubernetes.start(options);
    const draft = capture('one');
    const created = api.create(draft);
    draft.spec.targetPod = 'other';
    created.metadata.labels = { changed: 'outside' };
    expect(api.get(ONE)).toMatchObject({ spec: { targetPod: 'web' } });
    expect(api.get(ONE).metadata.labels).toBeUndefined();
  });

  it('tells when an object is as wanted, and HTTP and watches see what is done from within', async () => {
    await using api = await EmbeddedKubernetes.start(options);
    using client = new ApiConnection(api.url);
    const path = '/apis/pcapper.io/v1alpha1/namespaces/pcapper/packetcaptures';
    const running = api.until(ONE, (object) => object?.['status'] !== undefined);
    const events = await client.openWatch(path, { query: { resourceVersion: await versionOf(client, path) } });
    api.create(capture('one'));
    await client.request('PATCH', `${path}/one/status`, { status: { node: 'n1' } }, { contentType: 'application/merge-patch+json' });
    expect(await running).toMatchObject({ status: { node: 'n1' } });
    expect([(await events.next()).value?.type, (await events.next()).value?.type]).toEqual(['ADDED', 'MODIFIED']);
    api.delete(ONE);
    expect(await api.until(ONE, (object) => object === undefined)).toBeUndefined();
    await expect(api.until(ONE, () => false, AbortSignal.timeout(1))).rejects.toThrow('timeout');
  });

  it('sends bookmarks to those who asked', async () => {
    await using api = await EmbeddedKubernetes.start({ ...options, bookmarkEveryMs: 10 });
    using client = new ApiConnection(api.url);
    const asked = await client.openWatch('/api/v1/pods', { query: { allowWatchBookmarks: true, resourceVersion: await versionOf(client, '/api/v1/pods') } });
    api.create(capture('elsewhere'));
    const version = await versionOf(client, '/api/v1/pods');
    for await (const { type, object } of asked) {
      expect(type).toBe('BOOKMARK');
      if ((object as Listed).metadata.resourceVersion === version) break;
    }
  });

  it('shows its requests', async () => {
    await using api = await EmbeddedKubernetes.start(options);
    using client = new ApiConnection(api.url);
    const seen: string[] = [];
    const end = api.observe(({ method, path, isWatch }) => seen.push(`${isWatch ? 'WATCH' : method} ${path}`));
    await client.request('GET', '/version');
    await (await client.openWatch('/api/v1/pods')).return();
    end();
    await client.request('GET', '/version');
    expect(seen).toEqual(['GET /version', 'WATCH /api/v1/pods']);
  });

  it('serves @kubernetes/client-node by its kubeconfig', async () => {
    await using api = await EmbeddedKubernetes.start(options);
    const config = new KubeConfig();
    config.loadFromString(api.kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    api.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'main', image: 'x' }] } });
    const { items } = await core.listNamespacedPod({ namespace: 'default' });
    expect(items.map((pod) => [pod.metadata?.name, pod.status?.phase])).toEqual([['web', 'Pending']]);
  });
});

interface Listed {
  readonly metadata: { readonly resourceVersion: string };
}

async function versionOf(client: ApiConnection, path: string): Promise<string> {
  return ((await client.request('GET', path)).body as Listed).metadata.resourceVersion;
}
