import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskGuardUnderTest, DiskOfTest } from '../../../src/testing/disk-guard-contract.ts';
import { mountTmpfs } from '../../adapters/disk/mounts.ts';
import { openTestGuard } from './open-test-guard.ts';

/** The real guard on a disk of its own, in memory. */
export async function openGuardOnOwnDisk({ disk, maxTotal, minFree }: DiskOfTest): Promise<DiskGuardUnderTest> {
  const mount = await mountTmpfs(disk);
  const path = join(mount, 'hostmount');
  await mkdir(path, { mode: 0o755 });
  const node = 'n1';
  const { guard, hostmount } = await openTestGuard({ path, node, maxTotal, minFree });
  return {
    guard,
    node,
    write: (segmentFile, bytes) => writeFile(join(path, `${segmentFile}0`), Buffer.alloc(bytes)),
    fill: (bytes) => writeFile(join(mount, 'of-others'), Buffer.alloc(bytes)),
    [Symbol.asyncDispose]: () => hostmount[Symbol.asyncDispose](),
  };
}
