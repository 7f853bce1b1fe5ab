import { expect, it } from 'vitest';
import { Slots } from '../../../src/core/agent/slots.ts';

it('a slot goes to the first that takes it, and is named to the next', () => {
  const slots = new Slots();
  expect(slots.take('pod', 'a')).toBeUndefined();
  expect(slots.take('pod', 'a')).toBeUndefined();
  expect(slots.take('pod', 'b')).toBe('a');
  expect(slots.take('pod', 'c')).toBe('a');
  expect(slots.take('other', 'd')).toBeUndefined();
  expect(slots.release('a')).toEqual(['b', 'c']);
  expect(slots.take('pod', 'c')).toBeUndefined();
  expect(slots.take('pod', 'b')).toBe('c');
});

it('a slot that several hold is free when nothing is left of any', () => {
  const slots = new Slots();
  slots.hold('pod', 'a');
  slots.hold('pod', 'b');
  expect(slots.take('pod', 'c')).toBe('a');
  expect(slots.release('a')).toEqual([]);
  expect(slots.take('pod', 'c')).toBe('b');
  expect(slots.release('b')).toEqual(['c']);
  expect(slots.release('b')).toEqual([]);
  expect(slots.take('pod', 'c')).toBeUndefined();
});
