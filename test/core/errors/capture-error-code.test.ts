import { expect, it } from 'vitest';
import * as core from '../../../src/core/errors/index.ts';
import { errorClasses, membersOfType } from '../../docs/words-of-source.ts';

it('is the codes of all errors of the main entry, and no other word', () => {
  const codes = errorClasses().flatMap(({ name, code }) => (name in core && code !== undefined ? [code] : []));
  expect(codes.length).toBeGreaterThan(50);
  expect(membersOfType('CaptureErrorCode')).toEqual([...new Set(codes)].sort());
});
