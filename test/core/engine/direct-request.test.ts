import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/core/capture-request.ts';
import { orderOf, reservedBytes } from '../../../src/core/engine/direct-request.ts';
import { FakeNode } from '../../../src/testing/index.ts';
import { EngineBench } from './engine-bench.ts';

const target = { kind: 'node', node: 'n1', interface: 'eth0' } as const;

it('has defaults for what is not said', () => {
  const { request, ...order } = orderOf({ name: 'web', target });
  expect(order).toEqual({ target });
  expect(request).toEqual({ uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, name: 'web', target, limits: DEFAULT_LIMITS });
  expect(orderOf({ name: 'web', target }).request.uid).not.toBe(request.uid);
});

it('keeps what is said, also that there is no time limit', () => {
  const { request, ...order } = orderOf({ uid: 'u', name: 'web', target, filter: 'icmp', source: 'Incident', retainFiles: true, limits: { seconds: undefined, fileCount: 3 } });
  expect(order).toEqual({ target, source: 'Incident', retainFiles: true });
  expect(request).toEqual({ uid: 'u', name: 'web', target, filter: 'icmp', limits: { maxFileSize: 100_000_000, fileCount: 3, snapLength: 262_144 } });
  expect('seconds' in request.limits).toBe(false);
});

it.each([{}, { fileCount: 3 }, { maxFileSize: 1_000_000, fileCount: 1, snapLength: 64, seconds: undefined }])('reserves what is told beforehand: %j', async (limits) => {
  const node = new FakeNode();
  await node.createEngine().start({ name: 'web', target: node.addInterface('eth0'), limits });
  expect([...node.guard.reserved.values()].map(({ bytes }) => bytes)).toEqual([reservedBytes(limits)]);
});

it('tells no reservation for limits that it would refuse', () => {
  expect(() => reservedBytes({ maxFileSize: 5 })).toThrow('limits.maxFileSize is "5"');
});

it('is started as it is, and its files are found by their paths', async () => {
  using bench = new EngineBench();
  bench.resolver.serve('n1/eth0');
  const capture = await bench.engine.start({ name: 'web', target, limits: { seconds: 60, maxFileSize: 1_000_000, fileCount: 2 } });
  bench.run.receive(3);
  const { packets, files } = await capture.stop();
  expect(packets.captured).toBe(3);
  expect(files.map((file) => existsSync(bench.engine.pathOf(file)))).toEqual([true]);
});
