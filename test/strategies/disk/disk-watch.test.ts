import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DiskLedger, DiskMeter, LedgerEntry, SegmentBytes } from '../../../src/core/disk-ledger.ts';
import { LedgerDiskGuard } from '../../../src/strategies/disk/ledger-disk-guard.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { scratchFolder } from '../../adapters/disk/scratch-folder.ts';

class MemoryLedger implements DiskLedger {
  entries: readonly LedgerEntry[] = [];
  /** While set, every update waits for it. */
  held: Promise<undefined> | undefined;
  updates = 0;

  read() {
    return Promise.resolve(this.entries);
  }

  async update(change: (entries: readonly LedgerEntry[]) => Promise<readonly LedgerEntry[]>) {
    await this.held;
    this.updates += 1;
    this.entries = await change(this.entries);
  }

  isNodeAlive() {
    return Promise.resolve(false);
  }
}

class MemoryDisk implements DiskMeter {
  used = 0;
  free = 1000;
  looks = 0;
  failure: Error | undefined;
  readonly segments = new Map<string, SegmentBytes>();

  occupied() {
    return Promise.resolve({ used: this.used, segments: this.segments });
  }

  available() {
    return this.availableNow();
  }

  availableNow() {
    this.looks += 1;
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(this.free);
  }

  freeable() {
    return Promise.resolve({ bytes: 0, captures: 0 });
  }
}

describe('the watch over the disk', () => {
  let clock: ManualClock;
  let disk: MemoryDisk;
  let ledger: MemoryLedger;
  let guard: LedgerDiskGuard;
  let errors: unknown[];

  beforeEach(() => {
    clock = new ManualClock();
    disk = new MemoryDisk();
    ledger = new MemoryLedger();
    errors = [];
    const nothing = () => undefined;
    const logger = { debug: nothing, info: nothing, warn: nothing, error: (fields: object) => errors.push(fields) };
    guard = new LedgerDiskGuard({ ledger, meter: disk, clock, logger }, { node: 'n', maxTotal: 10_000, minFree: 400 });
  });

  const reserve = (captureUid: string, bytes: number, ...files: string[]) => guard.reserve({ captureUid, bytes, files: () => files });

  it('ends what is held once nothing can be written any more, though nothing is to stay free', async () => {
    guard = new LedgerDiskGuard({ ledger, meter: disk, clock }, { node: 'n', maxTotal: 10_000, minFree: 0 });
    const held = await reserve('a', 100, 'a.pcap');
    disk.free = 1;
    await clock.advance(2_000);
    expect(held.exhausted.aborted).toBe(false);
    disk.free = 0;
    await clock.advance(1_000);
    expect(held.exhausted.reason).toMatchObject({ code: 'DiskFilled' });
  });

  it('ends what is held within a second of the crossing', async () => {
    await using reservation = await reserve('a', 100);
    await clock.advance(60_000);
    expect(reservation.exhausted.aborted).toBe(false);
    disk.free = 400;
    await clock.advance(60_000);
    expect(reservation.exhausted.aborted).toBe(false);
    disk.free = 399;
    await clock.advance(1000);
    expect(reservation.exhausted.reason).toMatchObject({ code: 'DiskFilled', message: expect.stringContaining('399 B free') as string });
  });

  it('does not end what writes what it has reserved', async () => {
    await using reservation = await reserve('a', 600, 'n.a.1.pcap');
    for (let written = 0; written <= 600; written += 100) {
      disk.free = 1000 - written;
      disk.segments.set('n.a.1.pcap', { allocated: written, size: written });
      await clock.advance(11_000);
    }
    expect(reservation.exhausted.aborted).toBe(false);
  });

  it('ends a capture that outgrows its reservation, whatever the file system allocates ahead', async () => {
    await using reservation = await reserve('a', 100, 'n.a.1.pcap');
    await using other = await reserve('b', 100, 'n.b.1.pcap');
    disk.segments.set('n.a.1.pcap', { allocated: 300, size: 100 });
    await clock.advance(60_000);
    expect(reservation.exhausted.aborted).toBe(false);
    disk.segments.set('n.a.1.pcap', { allocated: 300, size: 101 });
    await clock.advance(20_000);
    expect(reservation.exhausted.reason).toMatchObject({ code: 'ReservationExceeded' });
    expect(other.exhausted.aborted).toBe(false);
  });

  it('looks only while something is held', async () => {
    expect(clock.sleeping).toBe(0);
    const first = await reserve('a', 100);
    const second = await reserve('b', 100);
    expect(clock.sleeping).toBe(1);
    await first[Symbol.asyncDispose]();
    expect(clock.sleeping).toBe(1);
    await second[Symbol.asyncDispose]();
    expect(clock.sleeping).toBe(0);
    const { looks } = disk;
    await clock.advance(10_000);
    expect(disk.looks).toBe(looks);
    await using _third = await reserve('c', 100);
    expect(clock.sleeping).toBe(1);
  });

  it('goes on when the disk does not answer, and says so once', async () => {
    await using reservation = await reserve('a', 100);
    disk.failure = new Error('the disk does not answer');
    await clock.advance(10_000);
    expect(errors).toHaveLength(1);
    disk.failure = undefined;
    disk.free = 0;
    await clock.advance(1000);
    expect(reservation.exhausted.aborted).toBe(true);
  });

  it('looks on while the ledger is locked by others', async () => {
    await using reservation = await reserve('a', 100);
    ledger.entries = [];
    const locked = Promise.withResolvers<undefined>();
    ledger.held = locked.promise;
    await clock.advance(5000);
    disk.free = 0;
    await clock.advance(1000);
    expect(reservation.exhausted.aborted).toBe(true);
    ledger.held = undefined;
    locked.resolve(undefined);
  });

  it('asks once for all that come at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => reserve(`uid-${i}`, 1)));
    expect(ledger.entries).toHaveLength(20);
    expect(ledger.updates).toBe(1);
  });

  it('leaves entries of a crashed process of this node until they lapse or it is known that nobody continues them', async () => {
    const entry = { node: 'n', bytes: 100, files: [], expires: clock.now() + 60_000 };
    ledger.entries = [{ ...entry, captureUid: 'x' }, { ...entry, captureUid: 'y' }];
    const uids = () => ledger.entries.map(({ captureUid }) => captureUid);
    await using _held = await reserve('a', 100);
    expect(uids()).toEqual(['x', 'y', 'a']);
    await guard.adopt(['y']);
    expect(uids()).toEqual(['y', 'a']);
    await clock.advance(61_000);
    await using _another = await reserve('b', 100);
    expect(uids()).toEqual(['a', 'b']);
  });

  it('refuses bytes that are none', async () => {
    await expect(reserve('a', Number.NaN)).rejects.toThrow(RangeError);
    await expect(reserve('a', -1)).rejects.toThrow(RangeError);
  });
});

it('does not keep the process alive', async () => {
  const module = fileURLToPath(new URL('../../adapters/disk/processes/reserve-and-end.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [module, await scratchFolder()], { timeout: 50_000 });
  expect(stdout).toBe('reserved\n');
});
