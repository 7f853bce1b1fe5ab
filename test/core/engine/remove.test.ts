import { describe, expect, it } from 'vitest';
import { HostmountError } from '../../../src/core/errors/disk-errors.ts';
import { FakeNode } from '../../../src/testing/index.ts';

const GB = 1e9;

function world() {
  const node = new FakeNode({ maxTotal: 10 * GB });
  const target = node.addInterface('eth0');
  const order = (name: string) => ({ uid: `uid-of-${name}`, name, target, limits: { seconds: 60, maxFileSize: 1_000_000, fileCount: 2 } });
  return { node, target, order };
}

describe('an engine that runs', () => {
  it('tells the captures that have ended, of earlier engines too, and removes one without a trace', async () => {
    const { node, target, order } = world();
    const earlier = node.createEngine();
    await (await earlier.start(order('old'))).stop();
    await earlier[Symbol.asyncDispose]();

    const engine = node.createEngine();
    const web = await engine.start(order('web'));
    node.tcpdumpOf(target).receive(100, 1000);
    const running = await engine.start(order('running'));
    expect((await engine.ended()).map(({ request }) => request.name)).toEqual(['old']);
    const result = await web.stop();
    const ended = await engine.ended();
    expect(ended.map(({ request, state }) => [request.name, state.result])).toEqual([['old', expect.anything()], ['web', result]]);

    for (const { request } of ended) await engine.remove(request.uid);
    expect(await engine.ended()).toEqual([]);
    await running.stop();
    await engine.remove(running.uid);
    expect(node.directory.names).toEqual([]);
    expect(await node.guard.usage()).toMatchObject({ used: 0, reserved: 0 });
  });

  it('removes no capture that has not ended', async () => {
    const { node, target, order } = world();
    const engine = node.createEngine();
    const capture = await engine.start(order('web'));
    node.tcpdumpOf(target).receive(10);
    await expect(engine.remove(capture.uid)).rejects.toMatchObject({ code: 'CaptureNotEnded', message: expect.stringContaining('web') as string });
    node.runner.hangNextStart();
    const starting = engine.begin({ request: { ...order('late'), limits: { ...order('late').limits, snapLength: 64 } }, target });
    await expect(engine.remove('uid-of-late')).rejects.toMatchObject({ code: 'CaptureNotEnded' });
    await starting.stop();
    expect(await capture.stop()).toMatchObject({ progress: 'finished', packets: { captured: 10 } });
  });

  it('leaves what an earlier engine left open to recover(), under whatever uid', async () => {
    const { node, order } = world();
    const first = node.createEngine();
    await (await first.start(order('web'))).stop();
    await first.start(order('web'));
    await first.suspend();
    const next = node.createEngine();
    await expect(next.remove('uid-of-web')).rejects.toMatchObject({ code: 'CaptureNotEnded' });
    const { ongoing } = await next.recover();
    await ongoing[0]?.stop();
    expect(await next.ended()).toHaveLength(2);
    await next.remove('uid-of-web');
    expect(node.directory.names).toEqual([]);
  });

  it('says so when there is no such capture, as when it was removed before', async () => {
    const { node, order } = world();
    const engine = node.createEngine();
    const capture = await engine.start(order('web'));
    await capture.stop();
    await engine.remove(capture.uid);
    await expect(engine.remove(capture.uid)).rejects.toMatchObject({ code: 'CaptureNotKnown', message: expect.stringContaining('"uid-of-web"') as string });
  });

  it('is told when the folder fails, and tries again', async () => {
    const { node, order } = world();
    const engine = node.createEngine();
    const capture = await engine.start(order('web'));
    await capture.stop();
    node.directory.failure = new HostmountError('/hostmount', 'it is away');
    await expect(engine.remove(capture.uid)).rejects.toMatchObject({ code: 'Hostmount' });
    await expect(engine.ended()).rejects.toMatchObject({ code: 'Hostmount' });
    node.directory.failure = undefined;
    await engine.remove(capture.uid);
    expect(node.directory.names).toEqual([]);
  });

  it('gives back what an earlier engine had reserved for it', async () => {
    const { node, order } = world();
    const earlier = node.createEngine();
    await (await earlier.start(order('web'))).stop();
    await earlier[Symbol.asyncDispose]();
    const engine = node.createEngine();
    await engine.adopt(['uid-of-web']);
    await engine.remove('uid-of-web');
    expect(node.guard.adopted).toEqual([]);
  });
});
