import { expect, test } from 'vitest';
import { ageOf } from '../../../src/operator/packet-captures/age.ts';

const at = (minute: number) => Date.UTC(2026, 0, 1, 0, minute);

test.each([
  ['a clock that is right', at(5), '2026-01-01T00:03:00Z', 300_000],
  ['one that is ahead', at(11), '2026-01-01T00:03:00Z', 0],
  ['one that is behind', at(1), '2026-01-01T00:03:00Z', 420_000],
  ["an API server's that is ahead", at(5), '2026-01-01T00:12:00Z', 0],
  ['no time of the creation', at(5), undefined, 300_000],
  ['nonsense', at(5), 'soon', 300_000],
])('the age by %s', (_, happened, createdAt, age) => {
  expect(ageOf(happened, createdAt, at(10))).toBe(age);
});
