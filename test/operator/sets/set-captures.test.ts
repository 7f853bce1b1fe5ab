import { expect, test } from 'vitest';
import type { SetCapture } from '../../../src/api/v1alpha1/index.ts';
import type { KnownChild } from '../../../src/operator/sets/known-child.ts';
import { capturesOf, describeTotal, totalOf } from '../../../src/operator/sets/set-captures.ts';

const child = (pod: string, more: Partial<KnownChild> = {}): KnownChild => ({
  uid: `uid-${pod}`,
  name: `web-${pod}`,
  resourceVersion: '1',
  setUid: 's',
  createdAt: '2026-01-01T00:00:00Z',
  stop: false,
  retainFiles: false,
  pod,
  podUID: `pod-${pod}`,
  ...more,
});
const entry = (pod: string, more: Partial<SetCapture> = {}): SetCapture => ({ name: `web-${pod}`, pod, podUID: `pod-${pod}`, ...more });
const none = { children: [], removed: [], deleted: new Set<string>() };

test('keeps the order that it had, and adds by age', () => {
  const children = [child('c', { createdAt: '2026-01-01T00:00:02Z' }), child('b'), child('a'), child('z')];
  expect(capturesOf([entry('z')], { ...none, children }).map(({ pod }) => pod)).toEqual(['z', 'a', 'b', 'c']);
});

test('what is not known to be gone stays as it was', () => {
  const running = entry('a', { progress: 'running' });
  expect(capturesOf([running], none)).toEqual([running]);
});

test('what ended and was deleted in one moment has ended; what was deleted before its end has failed', () => {
  const packets = { captured: 3, received: 3, dropped: 0 };
  const removed = [child('a', { progress: 'finished', reason: 'TimeLimit', packets }), child('b', { progress: 'running', packets })];
  const expected = [entry('a', { progress: 'finished', reason: 'TimeLimit', packets }), entry('b', { progress: 'failure', reason: 'Deleted', packets })];
  expect(capturesOf([entry('a', { progress: 'running' }), entry('b', { progress: 'running' })], { ...none, removed })).toEqual(expected);
  // Also when the status never told of them.
  expect(capturesOf([], { ...none, removed })).toEqual(expected);
});

test('what was deleted while no operator looked', () => {
  const previous = [entry('a', { progress: 'running' }), entry('b', { progress: 'finished', reason: 'PacketLimit' }), entry('c')];
  expect(capturesOf(previous, { ...none, deleted: new Set(['pod-a', 'pod-b']) })).toEqual([
    entry('a', { progress: 'failure', reason: 'Deleted' }),
    entry('b', { progress: 'finished', reason: 'PacketLimit' }),
    entry('c'),
  ]);
});

test('what is there again counts', () => {
  const now = child('a', { progress: 'running' });
  expect(capturesOf([entry('a')], { children: [now], removed: [child('a')], deleted: new Set(['pod-a']) })).toEqual([entry('a', { progress: 'running' })]);
});

test('no more than a status has room for: the newest', () => {
  const children = Array.from({ length: 103 }, (_, index) => child(`p${String(index).padStart(3, '0')}`));
  const captures = capturesOf([], { ...none, children });
  expect(captures).toHaveLength(100);
  expect(captures[0]?.pod).toBe('p003');
});

test.each([
  [[], '0 captures.'],
  [[entry('a')], '1 capture: 1 not taken by an agent yet.'],
  [
    [entry('a', { progress: 'scheduled' }), entry('b', { progress: 'running' }), entry('c', { progress: 'finished' }), entry('d', { progress: 'failure' }), entry('e')],
    '5 captures: 1 not taken by an agent yet, 1 scheduled, 1 running, 1 finished, 1 failed.',
  ],
])('in words: %#', (captures, words) => {
  expect(describeTotal(totalOf(captures))).toBe(words);
});
