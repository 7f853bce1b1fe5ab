import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  const failures: unknown[] = [];
  // The newest first; a failure must not keep the others from being tried.
  for (let clean = cleanups.pop(); clean !== undefined; clean = cleanups.pop()) {
    await clean().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'cleaning up failed');
});

/** Runs after the test, whatever came of it. */
export function cleanUp(clean: () => Promise<unknown>): void {
  cleanups.push(clean);
}

/** A folder that is removed after the test. */
export async function scratchFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pcapper-disk-test-'));
  cleanUp(() => rm(path, { recursive: true, force: true }));
  return path;
}
