import { expect, it } from 'vitest';
import { CapturePermissionError } from 'pcapper';
import { IncidentWorld } from './incident-world.ts';

const MINUTE = 60_000;

async function started() {
  const world = new IncidentWorld();
  const { incidents, node } = world;
  await world.controller.start();
  return { world, incidents, node, web: node.addPod('shop/web-1') };
}

it('captures a minute of the Pod of an Incident, and writes into it what came of that', async () => {
  const { incidents, node, web } = await started();
  incidents.create('slow');
  await node.clock.advance(0);
  expect(incidents.status('slow')).toEqual({ phase: 'Capturing', node: 'n1', message: 'eth0 is captured.' });
  node.tcpdumpOf(web).receive(12);
  await node.clock.advance(MINUTE);
  expect(incidents.status('slow')).toEqual({
    phase: 'Captured',
    node: 'n1',
    reason: 'TimeLimit',
    message: expect.stringContaining('12 packets captured') as string,
    files: node.disk.paths,
    packets: 12,
  });
  expect(node.disk.paths).toHaveLength(1);
  await node.clock.advance(10 * MINUTE);
  expect(node.runner.runs).toHaveLength(1);
});

it('keeps the files of a capture for a day', async () => {
  const { incidents, node } = await started();
  incidents.create('old');
  await node.clock.advance(2 * MINUTE);
  const old = node.disk.paths;
  expect(old).toHaveLength(1);
  incidents.create('next-hour');
  await node.clock.advance(23 * 60 * MINUTE);
  expect(node.disk.paths).toEqual(expect.arrayContaining([...old]));
  incidents.create('next-day');
  await node.clock.advance(2 * 60 * MINUTE);
  incidents.create('after-that');
  await node.clock.advance(2 * MINUTE);
  expect(node.disk.paths).not.toEqual(expect.arrayContaining([...old]));
  expect(incidents.status('old')?.phase).toBe('Captured');
});

it('captures an Incident that was there before, once its Pod comes to this node', async () => {
  const world = new IncidentWorld();
  const { incidents, node } = world;
  incidents.create('early');
  await world.controller.start();
  await node.clock.advance(MINUTE);
  expect(incidents.status('early')).toBeUndefined();
  node.addPod('shop/web-1');
  await node.clock.advance(0);
  expect(incidents.status('early')?.phase).toBe('Capturing');
});

it('leaves alone what is private', async () => {
  const { incidents, node } = await started();
  node.addPod('kube-system/etcd');
  incidents.create('curious', 'etcd', 'kube-system');
  await node.clock.advance(MINUTE);
  expect(incidents.status('curious')).toBeUndefined();
  expect(node.runner.runs).toEqual([]);
});

it('keeps what a Pod sent until it vanished', async () => {
  const { incidents, node, web } = await started();
  incidents.create('crash');
  await node.clock.advance(0);
  node.tcpdumpOf(web).receive(3);
  node.remove(web);
  await node.clock.advance(MINUTE);
  expect(incidents.status('crash')).toMatchObject({ phase: 'Captured', reason: 'TargetGone', packets: 3 });
});

it('says why a capture cannot be, or did not come to a good end', async () => {
  const { incidents, node } = await started();
  node.runner.failNextStart(new CapturePermissionError('You don\'t have permission'));
  incidents.create('refused');
  await node.clock.advance(0);
  expect(incidents.status('refused')).toMatchObject({ phase: 'Failed', reason: 'CapturePermission' });
  incidents.create('full');
  await node.clock.advance(0);
  node.disk.fill();
  await node.clock.advance(0);
  expect(incidents.status('full')).toMatchObject({ phase: 'Failed', reason: 'DiskFilled' });
});

it('goes on after a restart, for the time that is left', async () => {
  const { world, incidents, node, web } = await started();
  incidents.create('slow');
  await node.clock.advance(20_000);
  node.tcpdumpOf(web).receive(5);
  await world.restart();
  await node.clock.advance(0);
  node.tcpdumpOf(web).receive(6);
  await node.clock.advance(39_000);
  expect(incidents.status('slow')?.phase).toBe('Capturing');
  await node.clock.advance(1_000);
  expect(incidents.status('slow')).toMatchObject({ phase: 'Captured', packets: 11 });
  await world.restart();
  await node.clock.advance(MINUTE);
  expect(node.runner.runs).toHaveLength(2);
});

it('writes at last what the API server did not take', async () => {
  const { world, incidents, node, web } = await started();
  incidents.create('slow');
  await node.clock.advance(0);
  node.tcpdumpOf(web).receive(7);
  incidents.away = true;
  await node.clock.advance(2 * MINUTE);
  expect(incidents.status('slow')?.phase).toBe('Capturing');
  incidents.away = false;
  await node.clock.advance(5_000);
  expect(incidents.status('slow')).toMatchObject({ phase: 'Captured', packets: 7 });

  incidents.create('again');
  await node.clock.advance(0);
  incidents.away = true;
  await node.clock.advance(2 * MINUTE);
  await world.restart();
  incidents.away = false;
  await node.clock.advance(5_000);
  expect(incidents.status('again')).toMatchObject({ phase: 'Captured', reason: 'TimeLimit' });
  expect(node.runner.runs).toHaveLength(2);
});

it('stops what nobody asks for any more, also what was deleted while nobody looked', async () => {
  const { world, incidents, node, web } = await started();
  for (const restarts of [false, true]) {
    incidents.create('mistake');
    await node.clock.advance(0);
    expect(node.tcpdumpOf(web).alive).toBe(true);
    if (restarts) await world.controller[Symbol.asyncDispose]();
    incidents.delete('mistake');
    if (restarts) await world.restart();
    await node.clock.advance(0);
    expect(world.engine.load).toEqual({ running: 0, waiting: 0 });
    expect(node.runner.runs.some(({ alive }) => alive)).toBe(false);
  }
});

it('is no burden to an API server that refuses to be written to, whatever else happens', async () => {
  const { incidents, node } = await started();
  incidents.create('slow');
  await node.clock.advance(0);
  incidents.away = true;
  await node.clock.advance(MINUTE);
  for (let pods = 0; pods < 50; pods += 1) node.addPod('shop/other');
  await node.clock.advance(0);
  incidents.refused = 0;
  await node.clock.advance(MINUTE);
  expect(incidents.refused).toBe(12);
});

it('says that it captures also when it could not before it was killed', async () => {
  const { world, incidents, node } = await started();
  incidents.away = true;
  incidents.create('slow');
  await node.clock.advance(0);
  await world.restart();
  incidents.away = false;
  await node.clock.advance(5_000);
  expect(incidents.status('slow')).toEqual({ phase: 'Capturing', node: 'n1', message: 'eth0 is captured.' });
});

it('leaves alone what another node captures, although the Pod has come here since', async () => {
  const { incidents, node } = await started();
  incidents.create('moved', 'web-2');
  await incidents.write({ uid: 'moved' }, { phase: 'Capturing', node: 'n2', message: 'eth0 is captured.' });
  node.addPod('shop/web-2');
  await node.clock.advance(MINUTE);
  expect(node.runner.runs).toEqual([]);
  expect(incidents.status('moved')?.node).toBe('n2');
});

it('begins nothing for an Incident that was deleted while its claim was decided, and one capture however often it was asked', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const world = new IncidentWorld(promise);
  const { incidents, node } = world;
  node.addPod('shop/web-1');
  incidents.create('mistake');
  incidents.create('slow');
  await world.controller.start();
  node.addPod('shop/other');
  incidents.delete('mistake');
  resolve(undefined);
  await node.clock.advance(2 * MINUTE);
  expect(node.runner.runs.map(({ spec }) => spec.captureUid)).toEqual(['slow']);
});
