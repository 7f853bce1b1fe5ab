import assert from 'node:assert/strict';
import type { DiskGuard, DiskReservation } from '../core/disk-guard.ts';
import type { ContractTest } from './contract-test.ts';

/** A guard on a disk of its own, which nothing else writes to. */
export interface DiskGuardUnderTest extends AsyncDisposable {
  /** The one under test, with nothing reserved. */
  readonly guard: DiskGuard;
  /** NODE_NAME, with which the names of its files begin. */
  readonly node: string;
  /** Makes a segment's file have that many bytes. */
  readonly write: (segmentFile: string, bytes: number) => Promise<void>;
  /** Has others occupy that many bytes of the disk, outside of the hostmount. */
  readonly fill: (bytes: number) => Promise<void>;
}

/** The disk under the {@link DiskGuard} of a test. */
export interface DiskOfTest {
  /** Its size. Bytes, as are the rest. */
  readonly disk: number;
  /** MAX_TOTAL_FILESIZE of the guard. */
  readonly maxTotal: number;
  /** MIN_FREE_DISK of the guard. */
  readonly minFree: number;
}

const MB = 1_000_000;
/** What a guard may keep on the disk for its own accounts. */
const ACCOUNTS = 0.2 * MB;

/**
 * What every {@link DiskGuard} owes to the engine.
 * @param open makes a guard, and a disk for it.
 */
export function diskGuardContract(test: ContractTest, open: (disk: DiskOfTest) => Promise<DiskGuardUnderTest>): void {
  const onDisk = (name: string, disk: DiskOfTest, body: (subject: DiskGuardUnderTest) => Promise<void>) =>
    test(name, async () => {
      await using subject = await open(disk);
      await body(subject);
    });
  const roomy: DiskOfTest = { disk: 64 * MB, maxTotal: 10 * MB, minFree: 0 };

  onDisk('lets captures in up to MAX_TOTAL_FILESIZE', roomy, async ({ guard }) => {
    await reserve(guard, 'a', 4 * MB);
    await reserve(guard, 'b', 4 * MB);
    await refuses(guard, 'c', 4 * MB, 'DiskBudgetExceeded');
    assert.equal((await guard.usage()).reserved, 8 * MB, 'what is refused holds nothing');
    await reserve(guard, 'd', 1 * MB);
  });

  onDisk('lets captures in as long as MIN_FREE_DISK stays free', { disk: 64 * MB, maxTotal: 1000 * MB, minFree: 40 * MB }, async ({ guard }) => {
    await reserve(guard, 'a', 10 * MB);
    await reserve(guard, 'b', 10 * MB);
    await refuses(guard, 'c', 10 * MB, 'FreeDiskTooLow');
    await reserve(guard, 'd', 3 * MB);
  });

  onDisk('counts what is written once: as used, no longer as reserved', roomy, async ({ guard, node, write }) => {
    const file = `${node}.a.1.pcap`;
    await reserve(guard, 'a', 4 * MB, file);
    await write(file, 3 * MB);
    const { used, reserved } = await guard.usage();
    near(used, 3 * MB);
    near(reserved, 1 * MB);
    await reserve(guard, 'b', 5 * MB);
    await refuses(guard, 'c', 2 * MB, 'DiskBudgetExceeded');
  });

  onDisk('counts what lies on disk of a capture that goes on as written', roomy, async ({ guard, node, write }) => {
    const file = `${node}.a.1.pcap`;
    await write(file, 6 * MB);
    await refuses(guard, 'b', 8 * MB, 'DiskBudgetExceeded');
    await reserve(guard, 'a', 8 * MB, file);
    near((await guard.usage()).reserved, 2 * MB);
  });

  onDisk('gives back what was not written, once', roomy, async ({ guard, node, write }) => {
    const file = `${node}.a.1.pcap`;
    const reservation = await reserve(guard, 'a', 8 * MB, file);
    await write(file, 2 * MB);
    await reservation[Symbol.asyncDispose]();
    await reservation[Symbol.asyncDispose]();
    const { used, reserved } = await guard.usage();
    near(used, 2 * MB);
    assert.equal(reserved, 0);
    await reserve(guard, 'a', 7 * MB);
  });

  onDisk('lets in as many as fit when all ask at once', roomy, async ({ guard }) => {
    const asks = Array.from({ length: 20 }, (_, i) => reserve(guard, `at-once-${i}`, 1.4 * MB));
    const answers = await Promise.allSettled(asks);
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 7);
    near((await guard.usage()).reserved, 9.8 * MB);
  });

  onDisk('refuses a second reservation of one capture', roomy, async ({ guard }) => {
    const [first, second] = await Promise.allSettled([reserve(guard, 'a', MB), reserve(guard, 'a', MB)]);
    assert.equal(first.status, 'fulfilled');
    assert.equal(second.status, 'rejected');
    assert.equal((await guard.usage()).reserved, MB);
  });

  onDisk('holds nothing for who has given up', roomy, async ({ guard }) => {
    const reason = new Error('no longer wanted');
    const ask = { captureUid: 'a', bytes: 4 * MB, files: () => [] };
    await assert.rejects(guard.reserve(ask, AbortSignal.abort(reason)), reason);
    const abort = new AbortController();
    const asked = guard.reserve(ask, abort.signal);
    abort.abort(reason);
    await assert.rejects(asked, reason);
    assert.equal((await guard.usage()).reserved, 0);
    await using held = await guard.reserve(ask);
    assert.equal(held.bytes, 4 * MB);
  });

  onDisk('ends captures when others fill the disk', { disk: 64 * MB, maxTotal: 64 * MB, minFree: 30 * MB }, async ({ guard, fill }) => {
    const reservations = [await reserve(guard, 'a', 5 * MB), await reserve(guard, 'b', 5 * MB)];
    assert.ok(reservations.every(({ exhausted }) => !exhausted.aborted));
    await fill(40 * MB);
    for (const { exhausted } of reservations) {
      await aborted(exhausted);
      assert.equal((exhausted.reason as { code?: unknown }).code, 'DiskFilled');
    }
    await refuses(guard, 'c', 0, 'FreeDiskTooLow');
  });
}

function reserve(guard: DiskGuard, captureUid: string, bytes: number, ...files: string[]): Promise<DiskReservation> {
  return guard.reserve({ captureUid, bytes: Math.round(bytes), files: () => files });
}

async function refuses(guard: DiskGuard, captureUid: string, bytes: number, code: string): Promise<void> {
  await assert.rejects(reserve(guard, captureUid, bytes), { code });
}

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= ACCOUNTS, `expected about ${expected}, got ${actual}`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
