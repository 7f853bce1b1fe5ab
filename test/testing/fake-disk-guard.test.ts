import { describe, it } from 'vitest';
import { diskGuardContract } from '../../src/testing/disk-guard-contract.ts';
import { fakeDiskGuardSubject } from './fake-disk-guard-subject.ts';

describe('FakeDiskGuard', () => {
  diskGuardContract(it, fakeDiskGuardSubject);
});
