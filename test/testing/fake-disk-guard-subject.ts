import type { DiskGuardUnderTest, DiskOfTest } from '../../src/testing/disk-guard-contract.ts';
import { FakeDiskGuard } from '../../src/testing/fake-disk-guard.ts';

/** The fake, on a disk of its own. */
export function fakeDiskGuardSubject(disk: DiskOfTest): Promise<DiskGuardUnderTest> {
  const guard = new FakeDiskGuard(disk);
  return Promise.resolve({
    guard,
    node: 'n1',
    write: (file, bytes) => {
      guard.write(file, bytes);
      return Promise.resolve();
    },
    fill: (bytes) => {
      guard.fill(bytes);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}
