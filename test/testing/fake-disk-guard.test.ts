import { describe, it } from 'vitest';
import { diskGuardContract } from '../../src/testing/disk-guard-contract.ts';
import { FakeDiskGuard } from '../../src/testing/fake-disk-guard.ts';

describe('FakeDiskGuard', () => {
  diskGuardContract(it, (disk) => {
    const guard = new FakeDiskGuard(disk);
    return Promise.resolve({
      guard,
      node: 'n1',
      write: (file: string, bytes: number) => {
        guard.write(file, bytes);
        return Promise.resolve();
      },
      fill: (bytes: number) => {
        guard.fill(bytes);
        return Promise.resolve();
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  });
});
