import { expect, it } from 'vitest';
import { FakeCaptureSource } from '../../src/testing/index.ts';

const request = { uid: 'uid-1', name: 'web', target: { kind: 'pod', namespace: 'shop', name: 'web-1' }, limits: { maxFileSize: 1e6, fileCount: 2, snapLength: 96 } } as const;

it('tells nothing more once the signal of its start is aborted', async () => {
  const source = new FakeCaptureSource();
  const told: string[] = [];
  const life = new AbortController();
  await source.start((uid) => told.push(uid), life.signal);
  source.set(request);
  life.abort();
  source.update('uid-1', { stop: true });
  expect(told).toEqual(['uid-1']);
});

it('gives up to wait for its origin with the reason of the signal', async () => {
  const source = new FakeCaptureSource();
  source.reachable = false;
  const life = new AbortController();
  const started = source.start(() => undefined, life.signal);
  const reason = new Error('no longer wanted');
  life.abort(reason);
  await expect(started).rejects.toBe(reason);
});
