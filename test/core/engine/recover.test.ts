import { expect, it } from 'vitest';
import { HostmountError } from '../../../src/core/errors/disk-errors.ts';
import { FakeNode } from '../../../src/testing/index.ts';
import { EngineBench } from './engine-bench.ts';

it('goes on with what an earlier engine left open, and tells what has ended', async () => {
  using bench = new EngineBench();
  await (await bench.engine.start(bench.order({}, { name: 'ended' }))).stop();
  await bench.engine.start(bench.order({ seconds: 60 }, { name: 'open', uid: 'open' }));
  bench.run.receive(2);
  await bench.clock.advance(20_000);
  await bench.engine.suspend();

  const next = bench.newEngine();
  const recovering = next.recover();
  expect(bench.guard.adopted).toEqual([]);
  const { ongoing, ended } = await recovering;
  expect(ongoing.map(({ request }) => request.name)).toEqual(['open']);
  expect(ended.map(({ request, state }) => [request.name, state.result.reason])).toEqual([['ended', 'Stopped']]);
  const [capture] = ongoing;
  if (!capture) throw new Error('it goes on');
  await bench.until(capture.capturing);
  bench.run.receive(3);
  expect(await bench.until(capture.result)).toMatchObject({ progress: 'finished', packets: { captured: 5 } });
  expect((await bench.newEngine().recover()).ended).toHaveLength(2);
});

it('keeps what is reserved for captures that go on, before they have their turn', async () => {
  using bench = new EngineBench();
  await bench.engine.start(bench.order({}, { uid: 'open' }));
  await bench.engine.suspend();
  const adopted: string[] = [];
  const { guard } = bench;
  const adopt = guard.adopt.bind(guard);
  guard.adopt = (uids) => adopt([...uids].map((uid) => (adopted.push(uid), uid)));
  const { ongoing } = await bench.newEngine().recover();
  expect(adopted).toEqual(['open']);
  expect(await ongoing[0]?.stop()).toMatchObject({ progress: 'finished', reason: 'Stopped' });
  expect(await ongoing[0]?.stop()).toBe(await ongoing[0]?.result);
});

it('comes before the first capture, and once', async () => {
  using bench = new EngineBench();
  const capture = await bench.engine.start(bench.order());
  await expect(bench.engine.recover()).rejects.toThrow('before the first capture');
  await capture.stop();
  const next = bench.newEngine();
  await next.recover();
  await expect(next.recover()).rejects.toThrow('once');
});

it('is tried again where the folder could not be read', async () => {
  const node = new FakeNode();
  const first = node.createEngine();
  const capture = await first.start({ name: 'web', target: node.addPod('shop/web-1') });
  node.directory.failure = new HostmountError('/hostmount', 'it is away');
  await expect(capture.stop()).resolves.toMatchObject({ progress: 'failure' });
  await first[Symbol.asyncDispose]();
  const next = node.createEngine();
  await expect(next.recover()).rejects.toThrow('it is away');
  node.directory.failure = undefined;
  const { ongoing } = await next.recover();
  expect(ongoing.map(({ request }) => request.name)).toEqual(['web']);
  await next[Symbol.asyncDispose]();
});

it('lets no capture begin while it is at work', async () => {
  using bench = new EngineBench();
  const recovering = bench.engine.recover();
  expect(() => bench.engine.begin(bench.order())).toThrow('recover()');
  await recovering;
  await (await bench.engine.start(bench.order())).stop();
});

it.each(['suspended', 'disposed'])('is refused by an engine that was %s, and what is open stays so for the next', async (how) => {
  using bench = new EngineBench();
  await bench.engine.start(bench.order({}, { uid: 'open' }));
  await bench.engine.suspend();
  for (const isEarly of [true, false]) {
    const engine = bench.newEngine();
    const end = () => (how === 'suspended' ? engine.suspend() : engine[Symbol.asyncDispose]());
    if (isEarly) await end();
    const recovering = engine.recover();
    const refused = expect(recovering).rejects.toThrow(`The engine was ${how}. Make another, and recover() with that.`);
    if (!isEarly) await end();
    await refused;
    expect((await bench.directory.loadManifests()).manifests).toMatchObject([{ state: { kind: 'open' } }]);
  }
  const { ongoing } = await bench.newEngine().recover();
  expect(ongoing).toHaveLength(1);
  await bench.until(ongoing[0]?.stop() ?? Promise.reject(new Error('it goes on')));
});

it.each(['its time has run out', 'its target has gone'])('says of a capture that does not capture again, since %s, what its result has', async (why) => {
  const node = new FakeNode();
  const web = node.addPod('shop/web-1');
  const first = node.createEngine();
  await first.start({ name: 'web', target: web, limits: { seconds: 60 } });
  node.tcpdumpOf(web).receive(3);
  await first.suspend();
  if (why === 'its target has gone') node.remove(web);
  else await node.clock.advance(61_000);
  const { ongoing: [capture], ended } = await node.createEngine().recover();
  if (!capture) throw new Error('it is among those that go on');
  expect(ended).toEqual([]);
  const refused = expect(capture.capturing).rejects.toMatchObject({
    code: 'EndedBeforeStart',
    message: 'The capture web ended before it could go on. Its result tells why, and what was captured until then.',
  });
  expect(await node.clock.until(capture.result)).toMatchObject({ progress: 'finished', packets: { captured: 3 } });
  await refused;
});
