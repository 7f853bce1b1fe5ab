import { expect, it } from 'vitest';
import { oneShotIdentity, oneShotIdentityIn } from '../../../src/api/one-shot/one-shot-identity.ts';

it('is of node and capture, the same every time, and can begin the name of a file', () => {
  const identity = oneShotIdentity('n1.example', 'uid-1');
  // sha256 of "uid-1".
  expect(identity).toBe('n1.example.job-4a49acf8');
  expect(oneShotIdentity('n1.example', 'uid-2')).not.toBe(identity);
});

it('is found in names that begin with it', () => {
  expect(oneShotIdentityIn('n1.job-0a1b2c3d', 'n1')).toBe('n1.job-0a1b2c3d');
  expect(oneShotIdentityIn('n1.job-0a1b2c3d.web.170.json', 'n1')).toBe('n1.job-0a1b2c3d');
  for (const other of ['n1.web.1.json', 'n1.job-0a1b2c3d4.web.1.json', 'n1.job-0A1b2c3d.web.1.json', 'n2.job-0a1b2c3d.web.1.json', 'n11.job-0a1b2c3d.web', 'xn1.job-0a1b2c3d', '.pcapper.n1.lock']) {
    expect(oneShotIdentityIn(other, 'n1')).toBeUndefined();
  }
});
