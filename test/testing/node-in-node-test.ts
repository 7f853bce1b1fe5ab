import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFinished, diskGuardContract, FakeNode } from '../../src/testing/index.ts';
import { fakeDiskGuardSubject } from './fake-disk-guard-subject.ts';

void test('a capture without files, root and cluster', async () => {
  const node = new FakeNode();
  const web = node.addPod('shop/web-1');
  const capture = await node.createEngine().start({ name: 'web', target: web, limits: { seconds: 60 } });
  node.tcpdumpOf(web).receive(3);
  const result = await node.clock.until(capture.result);
  assertFinished(result, 'TimeLimit');
  assert.equal(result.packets.captured, 3);
});

diskGuardContract(test, fakeDiskGuardSubject);
