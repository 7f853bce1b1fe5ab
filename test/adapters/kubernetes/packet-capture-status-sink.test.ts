import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { KubernetesClient } from '../../../src/adapters/kubernetes/index.ts';
import { ClaimLostError } from '../../../src/core/errors/index.ts';
import { requires } from '../../harness/requirements.ts';
import { CaptureApi, CAPTURES, ended, NodeSide, released, running, scheduled } from './capture-api.ts';
import { eventually } from './eventually.ts';

requires('kube-apiserver').describe('the status of PacketCaptures', () => {
  let api: CaptureApi;
  const clients: KubernetesClient[] = [];
  let nodes: NodeSide[] = [];
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(async () => {
    for (const client of clients) client[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });
  afterEach(() => {
    for (const node of nodes) node[Symbol.dispose]();
    nodes = [];
  });
  const onNode = async (name: string) => {
    const client = await api.connect();
    clients.push(client);
    const node = new NodeSide(client, name);
    nodes.push(node);
    return node.start();
  };

  test('goes from nothing to finished, each status whole, conditions that can be waited for', async () => {
    const node = await onNode('n1');
    const capture = await api.make('whole');
    await node.known(capture.metadata.uid);
    await node.report(capture, scheduled);
    expect(await api.statusOf('whole')).toMatchObject({ progress: 'scheduled', node: 'n1', podUID: 'pod-uid', message: 'Words.' });
    await node.report(capture, running(7));
    expect(await api.statusOf('whole')).toMatchObject({
      progress: 'running',
      interface: 'eth0',
      startTime: '2026-11-21T00:00:00Z',
      packets: { captured: 7, received: 7, dropped: 0 },
      files: [{ name: 'n1.web.1.pcap0', bytes: 31 }],
    });
    await node.report(capture, ended());
    const { status } = await api.get('whole');
    expect(status).toMatchObject({ progress: 'finished', reason: 'TimeLimit', completionTime: '2026-11-21T00:10:00Z' });
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Complete', status: 'True' }));
    const applied = (await api.get('whole')) as unknown as { metadata: { managedFields: { manager: string; operation: string; subresource?: string }[] } };
    expect(applied.metadata.managedFields.filter(({ subresource }) => subresource === 'status')).toMatchObject([
      { manager: 'pcapper-agent', operation: 'Apply' },
    ]);
  });

  test('of several nodes that claim at once exactly one has it, fifty times', async () => {
    const [one, two, three] = await Promise.all([onNode('n1'), onNode('n2'), onNode('n3')]);
    const captures = await Promise.all(Array.from({ length: 50 }, (_, index) => api.make(`raced-${index}`)));
    await Promise.all(captures.flatMap(({ metadata }) => [one, two, three].map((node) => node.known(metadata.uid))));
    const winners = await Promise.all(
      captures.map(async (capture) => {
        const claims = await Promise.all(
          [one, two, three].map(async (node) => {
            try {
              await node.report(capture, scheduled);
              return node.node;
            } catch (error) {
              expect(error).toBeInstanceOf(ClaimLostError);
              return undefined;
            }
          }),
        );
        return claims.filter((name) => name !== undefined);
      }),
    );
    const recorded = await Promise.all(captures.map(({ metadata }) => api.statusOf(metadata.name)));
    expect(winners).toEqual(recorded.map(({ node }) => [node]));
    expect(recorded.every(({ progress }) => progress === 'scheduled')).toBe(true);
  });

  test('a claim goes on when only somebody else’s change came between', async () => {
    using node = new NodeSide(api.client, 'n1');
    const capture = await api.make('changed-meanwhile');
    node.source.adopt(capture);
    await api.client.patch(`${CAPTURES}/changed-meanwhile`, 'merge', { spec: { stop: true } });
    await node.report(capture, scheduled);
    expect(await api.statusOf('changed-meanwhile')).toMatchObject({ node: 'n1', progress: 'scheduled' });
    // Twice is as good as once, also for an agent that has forgotten that it was the one.
    const forgetful = await onNode('n1');
    await forgetful.report(capture, scheduled);
  });

  test('a claim on an object that was made anew, or deleted, is lost, and the new object is untouched', async () => {
    using blind = new NodeSide(api.client, 'n1');
    const old = await api.make('anew');
    // It knows the old object only by its uid: the watch has not told yet.
    blind.source.adopt(old);
    await api.delete('anew');
    await expect(blind.report(old, scheduled)).rejects.toThrow(ClaimLostError);
    const made = await api.make('anew');
    await expect(blind.report(old, scheduled)).rejects.toThrow(/newer capture of that name/);
    await expect(blind.report(old, ended())).rejects.toThrow(ClaimLostError);
    expect((await api.get('anew')).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
  });

  test('reports of a capture that changed hands, or was deleted, are lost', async () => {
    const node = await onNode('n1');
    const [taken, deleted] = [await api.make('taken-away'), await api.make('deleted')];
    await node.report(taken, scheduled);
    await node.report(deleted, scheduled);
    await api.assign('taken-away', { node: 'n2', progress: 'scheduled' });
    await api.delete('deleted');
    await expect(node.report(taken, running(1))).rejects.toThrow('taken by node n2');
    await expect(node.report(deleted, running(1))).rejects.toThrow('its deletion');
    await expect(node.report(taken, ended())).rejects.toThrow(ClaimLostError);
  });

  test('writes of this node need no further reading: one request each', async () => {
    const client = await api.connect();
    const calls: string[] = [];
    const counted = <A extends unknown[], R>(name: string, call: (...args: A) => R) => (...args: A): R => {
      calls.push(name);
      return call(...args);
    };
    using node = new NodeSide(
      Object.assign(Object.create(client) as KubernetesClient, {
        get: counted('get', (...args: Parameters<KubernetesClient['get']>) => client.get(...args)),
        patch: counted('patch', (...args: Parameters<KubernetesClient['patch']>) => client.patch(...args)),
      }),
      'n1',
    );
    const capture = await api.make('economic');
    node.source.adopt(capture);
    await node.report(capture, scheduled);
    await node.report(capture, running(1));
    await node.report(capture, ended());
    expect(calls).toEqual(['patch', 'patch', 'patch']);
    client[Symbol.dispose]();
  });

  test('counters are written at once first, then at most every 2 s, and the last ones are not lost', async () => {
    const node = await onNode('n1');
    const capture = await api.make('counted');
    await node.report(capture, scheduled);
    await node.report(capture, running(1));
    const versions = new Set<string>();
    const from = performance.now();
    for (let captured = 2; captured <= 200; captured += 1) {
      await node.report(capture, running(captured));
      if (captured % 20 === 0) versions.add((await api.get('counted')).metadata.resourceVersion);
    }
    const took = performance.now() - from;
    expect(versions.size).toBeLessThanOrEqual(1 + Math.ceil(took / 2000));
    await eventually(async () => (await api.statusOf('counted')).packets?.captured === 200);
    // The end does not wait, and nothing that waited comes after it.
    await node.report(capture, running(201));
    await node.report(capture, ended());
    expect(await api.statusOf('counted')).toMatchObject({ progress: 'finished', packets: { captured: 42 } });
  });

  test('counters that found the capture lost say so with the next report', async () => {
    const node = await onNode('n1');
    const capture = await api.make('lost-between');
    await node.report(capture, scheduled);
    await node.report(capture, running(1));
    await node.report(capture, running(2));
    await api.delete('lost-between');
    await eventually(() => node.report(capture, running(3)).then(() => false, (error: unknown) => error instanceof ClaimLostError));
  });

  test('counters reach the status of an API server that was away meanwhile', async () => {
    const node = await onNode('n1');
    const capture = await api.make('away');
    await node.report(capture, scheduled);
    await node.report(capture, running(1));
    await node.report(capture, running(2));
    await api.server.restart();
    await eventually(async () => (await api.statusOf('away')).packets?.captured === 2);
  });

  test('an end is final, except for a node that was lost', async () => {
    const node = await onNode('n1');
    const capture = await api.make('final');
    await node.report(capture, scheduled);
    await node.report(capture, ended('DiskFilled'));
    const before = await api.get('final');
    await node.report(capture, ended());
    await node.report(capture, running(1));
    await expect(node.report(capture, scheduled)).rejects.toThrow(ClaimLostError);
    expect((await api.get('final')).metadata.resourceVersion).toBe(before.metadata.resourceVersion);

    const lost = await api.make('node-lost');
    await node.report(lost, scheduled);
    await node.report(lost, running(1));
    await api.assign('node-lost', { progress: 'failure', node: 'n1', reason: 'NodeLost', message: 'The node is gone.' });
    await node.report(lost, running(2));
    await eventually(async () => (await api.statusOf('node-lost')).progress === 'failure');
    await node.report(lost, ended());
    expect(await api.statusOf('node-lost')).toMatchObject({ progress: 'finished', reason: 'TimeLimit' });
  });

  test('a resumed capture that waits for its turn stays running', async () => {
    const node = await onNode('n1');
    const capture = await api.make('resumed');
    await node.report(capture, scheduled);
    await node.report(capture, running(1));
    await node.report(capture, scheduled);
    expect(await api.statusOf('resumed')).toMatchObject({ progress: 'running' });
  });

  test('a release gives it back: unclaimed for all, to be claimed by another', async () => {
    const [one, two] = await Promise.all([onNode('n1'), onNode('n2')]);
    const capture = await api.make('given-back');
    const { uid } = capture.metadata;
    await one.report(capture, scheduled);
    await eventually(() => two.source.get(uid) === undefined);
    await one.report(capture, { ...released, message: 'The Pod moved.' });
    const status = await api.statusOf('given-back');
    expect(status).toMatchObject({ reason: 'TargetMoved', message: 'The Pod moved.' });
    expect(status.node).toBeUndefined();
    expect(status.progress).toBeUndefined();
    expect(one.source.get(uid)?.recorded).toEqual({});
    await two.known(uid);
    await two.report(capture, scheduled);
    const claimed = await api.statusOf('given-back');
    expect(claimed).toMatchObject({ node: 'n2', progress: 'scheduled' });
    expect(claimed.reason).toBeUndefined();
    await one.report(capture, released);
    expect(await api.statusOf('given-back')).toMatchObject({ node: 'n2' });
  });

  test('a release also removes the node that an operator had assigned', async () => {
    const [node, other] = await Promise.all([onNode('n1'), onNode('n2')]);
    const capture = await api.make('assigned');
    await api.assign('assigned', { node: 'n1' });
    await node.known(capture.metadata.uid, ({ recorded }) => recorded.node === 'n1');
    await expect(other.report(capture, scheduled)).rejects.toThrow('taken by node n1');
    await node.report(capture, scheduled);
    await node.report(capture, released);
    const status = await api.statusOf('assigned');
    expect(status.node).toBeUndefined();
    expect(status.reason).toBe('TargetMoved');
    await other.known(capture.metadata.uid);
  });

  test('an API server that is away rejects, and other sources are none of its business', async () => {
    const node = await onNode('n1');
    const capture = await api.make('rejected');
    await api.server.stop();
    await expect(node.report(capture, scheduled)).rejects.toMatchObject({ code: 'ApiConnection' });
    await api.server.restart();
    await node.report(capture, scheduled);
    await node.sink.report({ source: 'PodAnnotation', uid: 'x', name: 'rejected', node: 'n1', message: '', ...scheduled });
  });
});
