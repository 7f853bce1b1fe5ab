import { expect, test } from 'vitest';
import { knownCapture } from '../../../src/operator/packet-captures/known-capture.ts';

const of = (fields: object) => knownCapture({ metadata: { name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '2025-12-31T00:00:00Z' }, ...fields });

test('what is kept of a PacketCapture', () => {
  expect(of({ spec: { ttlSecondsAfterFinished: 60 }, status: { progress: 'finished', completionTime: '2026-01-01T00:00:00Z' } })).toEqual({
    uid: 'u',
    name: 'web',
    resourceVersion: '1',
    isDeleting: false,
    createdAt: '2025-12-31T00:00:00Z',
    progress: 'finished',
    completionTime: Date.UTC(2026, 0, 1),
    timeToLive: 60_000,
  });
});

test.each([
  [0, 0],
  ['0', 0],
  ['86400', 86_400_000],
  [2_147_483_647, 2_147_483_647_000],
  [undefined, undefined],
  [null, undefined],
  ['', undefined],
  [' ', undefined],
  ['1e3', undefined],
  [-1, undefined],
  [1.5, undefined],
  [{}, undefined],
  [2_147_483_648, undefined],
])('ttlSecondsAfterFinished %j lets it live for %s ms', (ttlSecondsAfterFinished, ms) => {
  expect(of({ spec: { ttlSecondsAfterFinished } }).timeToLive).toBe(ms);
});

test('times that are none, and objects of any shape', () => {
  expect(of({ status: { completionTime: 'soon' } }).completionTime).toBeUndefined();
  expect(of({ spec: null, status: 'broken' })).toMatchObject({ progress: undefined, timeToLive: undefined });
});
