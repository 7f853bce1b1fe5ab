import { afterAll, beforeAll, expect, it } from 'vitest';
import { KubeApiserver } from '../harness/kube-apiserver.ts';
import { requires } from '../harness/requirements.ts';
import { ConsumerProject } from './consumer-project.ts';

requires('kube-apiserver').describe('with @kubernetes/client-node', () => {
  let api: KubeApiserver;
  beforeAll(async () => {
    api = await KubeApiserver.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  // The oldest and the newest that the peer dependency allows.
  it.each(['1.4.0', '2.0.1'])('%s: its KubeConfig connects our client to a real API server, and so does a file', async (version) => {
    const project = await ConsumerProject.install('client-node', `@kubernetes/client-node@${version}`);
    expect(await project.compile()).toBe('');
    expect(await project.node('out/main.js', await api.kubeconfigFor('alice'))).toEqual({ users: ['alice', 'alice', 'alice'] });
  });
});
