import { expect, test } from 'vitest';
import type { KnownPod } from '../../../src/operator/sets/known-pod.ts';
import { podsToCapture } from '../../../src/operator/sets/pods-to-capture.ts';

const pod = (name: string, second: number, isRunning = true): KnownPod => ({
  uid: `uid-${name}`,
  name,
  createdAt: `2026-01-31T12:00:0${second}Z`,
  isRunning,
  hasEnded: false,
  node: 'n1',
  hostNetwork: false,
  controller: undefined,
  templateHash: undefined,
});

test.each([
  { name: 'those that run, the oldest first, by name where they are of one age', captured: [], most: 9, next: ['b', 'a', 'c'], beyond: [] },
  { name: 'none that was captured before', captured: ['b', 'c'], most: 9, next: ['a'], beyond: [] },
  { name: 'no more than there is room for, also of those that are gone by now', captured: ['gone', 'b'], most: 3, next: ['a'], beyond: ['c'] },
  { name: 'none where there is no room', captured: ['gone', 'b'], most: 1, next: [], beyond: ['a', 'c'] },
])('$name', ({ captured, most, next, beyond }) => {
  const pods = [pod('c', 2), pod('a', 2), pod('pending', 0, false), pod('b', 1)];
  const found = podsToCapture(pods, new Set(captured.map((name) => `uid-${name}`)), most);
  expect({ next: found.next.map(({ name }) => name), beyond: found.beyond.map(({ name }) => name) }).toEqual({ next, beyond });
});
