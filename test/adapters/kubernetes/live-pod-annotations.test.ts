import { expect, test } from 'vitest';
import { ApiStatusError, KubernetesClient, LivePodAnnotations } from '../../../src/adapters/kubernetes/index.ts';
import { PodNotKnownError } from '../../../src/core/errors/index.ts';
import { claimed } from '../../strategies/interface/claimed.ts';
import { ScriptedApi, sendJson } from './scripted-api.ts';

const pod = claimed({ namespace: 'shop', name: 'web-1', uid: '1' });

test('annotations are those of the Pod of that uid, and need the right to list Pods only', async () => {
  const items = [{ metadata: { name: 'web-1', namespace: 'shop', uid: '1', annotations: { a: 'b' } } }];
  await using api = await ScriptedApi.start((_, response) => sendJson(response, 200, { metadata: { resourceVersion: '5' }, items }));
  using client = new KubernetesClient(api.connection);
  const annotations = new LivePodAnnotations(client);
  expect(await annotations.of(pod)).toEqual({ a: 'b' });
  expect(api.seen.map(({ method, url }) => [method, url.pathname, url.searchParams.get('fieldSelector')])).toEqual([['GET', '/api/v1/namespaces/shop/pods', 'metadata.name=web-1']]);
  await expect(annotations.of({ ...pod, uid: '2' })).rejects.toThrow(PodNotKnownError);
});

test('a refusal of the API server is told as it is', async () => {
  await using api = await ScriptedApi.start((_, response) => sendJson(response, 403, { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'pods is forbidden', code: 403 }));
  using client = new KubernetesClient(api.connection);
  await expect(new LivePodAnnotations(client).of(pod)).rejects.toThrow(ApiStatusError);
});
