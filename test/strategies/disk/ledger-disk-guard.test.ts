import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS, ringBytes } from '../../../src/core/capture-request.ts';
import { diskGuardContract } from '../../../src/testing/disk-guard-contract.ts';
import { KernelLock } from '../../../src/adapters/disk/kernel-lock.ts';
import { ChildModule } from '../../adapters/disk/child-module.ts';
import { closed, manifestOf } from '../../adapters/disk/manifests.ts';
import { mountTmpfs } from '../../adapters/disk/mounts.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { requires } from '../../harness/requirements.ts';
import { openGuardOnOwnDisk } from './guard-on-own-disk.ts';
import { openTestGuard } from './open-test-guard.ts';

const MB = 1_000_000;

requires('root').describe('LedgerDiskGuard', () => {
  diskGuardContract(it, openGuardOnOwnDisk);

  it('lets ten default captures into the default limits, and refuses the eleventh with the numbers', async () => {
    const path = await mountTmpfs(64e9);
    await using opened = await openTestGuard({ path, node: 'n1', maxTotal: 10e9, minFree: 20e9 });
    const reserve = (i: number) => opened.guard.reserve({ captureUid: `uid-${i}`, bytes: ringBytes(DEFAULT_LIMITS), files: () => [] });
    for (let i = 1; i <= 10; i += 1) await reserve(i);
    await expect(reserve(11)).rejects.toMatchObject({
      code: 'DiskBudgetExceeded',
      message: expect.stringMatching(
        /^The capture asks for 994 MB, but of MAX_TOTAL_FILESIZE 10 GB [\d.]+ kB are used and 9\.9 GB reserved\. /,
      ) as string,
    });
  });

  it('refuses default captures on a disk with less than MIN_FREE_DISK', async () => {
    const path = await mountTmpfs(20e9);
    await using opened = await openTestGuard({ path, node: 'n1', maxTotal: 10e9, minFree: 20e9 });
    await expect(opened.guard.reserve({ captureUid: 'uid', bytes: ringBytes(DEFAULT_LIMITS), files: () => [] })).rejects.toMatchObject({
      code: 'FreeDiskTooLow',
      message: expect.stringContaining('of 20 GB free disk 0 B are reserved and MIN_FREE_DISK 20 GB must stay free') as string,
    });
  });

  it('lets in exactly as many as fit when three processes ask at once, and takes back what a dead one held', async () => {
    const path = await mountTmpfs(64 * MB);
    const nodes = ['n1', 'n1.b', 'n2'];
    const processes = nodes.map((node) => new ChildModule('reserve-many', path, node, '20', String(MB), String(24.5 * MB)));
    for (const process of processes) expect(await process.line()).toBe('ready');
    for (const process of processes) process.tell('go');
    const admitted: number[] = [];
    for (const process of processes) {
      const { admitted: count, codes } = JSON.parse(await process.line()) as { admitted: number; codes: string[] };
      admitted.push(count);
      expect(codes.every((code) => code === 'DiskBudgetExceeded')).toBe(true);
      expect(count + codes.length).toBe(20);
    }
    expect(admitted.reduce((sum, count) => sum + count)).toBe(24);

    // A fourth sees them all.
    await using fourth = await openTestGuard({ path, node: 'n3', maxTotal: 24.5 * MB, minFree: 0 });
    expect((await fourth.guard.usage()).reserved).toBe(24 * MB);

    // The first is killed; the next of its name continues two captures, and the others' stay.
    await processes[0]?.kill();
    await using next = await openTestGuard({ path, node: 'n1', maxTotal: 24.5 * MB, minFree: 0 });
    const mine = (JSON.parse(await readFile(join(path, '.pcapper-ledger.json'), 'utf8')) as { entries: { node: string; captureUid: string }[] }).entries
      .filter(({ node }) => node === 'n1')
      .map(({ captureUid }) => captureUid);
    const continued = mine.slice(0, 2);
    await next.guard.adopt(continued);
    expect((await fourth.guard.usage()).reserved).toBe((24 - mine.length + continued.length) * MB);
    for (const captureUid of continued) await next.guard.reserve({ captureUid, bytes: MB, files: () => [] });
    expect((await fourth.guard.usage()).reserved).toBe((24 - mine.length + continued.length) * MB);
  });

  it('gives back what an earlier process reserved for a capture that is not continued after all', async () => {
    const path = await mountTmpfs(64 * MB);
    const earlier = new ChildModule('reserve-many', path, 'n1', '3', String(MB), String(10 * MB));
    expect(await earlier.line()).toBe('ready');
    earlier.tell('go');
    await earlier.line();
    await earlier.kill();
    await using next = await openTestGuard({ path, node: 'n1', maxTotal: 10 * MB, minFree: 0 });
    const [first = '', ...others] = (await next.hostmount.ledger.read()).map(({ captureUid }) => captureUid);
    await next.guard.adopt([first, ...others]);
    await next.guard.giveBack(first);
    expect((await next.hostmount.ledger.read()).map(({ captureUid }) => captureUid)).toEqual(others);
  });

  it('keeps what a living process holds beyond the time, and drops it when that process is dead', async () => {
    const path = await mountTmpfs(64 * MB);
    const holder = new ChildModule('reserve-many', path, 'n1', '4', String(MB), String(10 * MB), '1');
    expect(await holder.line()).toBe('ready');
    holder.tell('go');
    expect(JSON.parse(await holder.line())).toMatchObject({ admitted: 4 });
    await using other = await openTestGuard({ path, node: 'n2', maxTotal: 10 * MB, minFree: 0 });
    await expect(other.guard.reserve({ captureUid: 'big', bytes: 8 * MB, files: () => [] })).rejects.toMatchObject({ code: 'DiskBudgetExceeded' });
    await holder.kill();
    await other.guard.reserve({ captureUid: 'big', bytes: 8 * MB, files: () => [] });
  });

  it('sees by the names in the ledger how much others have written, and never believes more than is there', async () => {
    const path = await mountTmpfs(64 * MB);
    await using one = await openTestGuard({ path, node: 'n1', maxTotal: 20 * MB, minFree: 0 });
    await using two = await openTestGuard({ path, node: 'n2', maxTotal: 20 * MB, minFree: 0 });
    const file = 'n1.a.1.pcap';
    await using _held = await one.guard.reserve({ captureUid: 'a', bytes: 8 * MB, files: () => [file, 'n2.of-another.1.pcap', '../../etc/passwd'] });
    await writeFile(join(path, `${file}0`), Buffer.alloc(3 * MB));
    await writeFile(join(path, 'n2.of-another.1.pcap'), Buffer.alloc(MB));
    const { used, reserved } = await two.guard.usage();
    expect(Math.abs(used - 4 * MB)).toBeLessThan(0.1 * MB);
    expect(Math.abs(reserved - 5 * MB)).toBeLessThan(0.1 * MB);
  });

  it('enters a segment that is begun later', async () => {
    const path = await mountTmpfs(64 * MB);
    await using one = await openTestGuard({ path, node: 'n1', maxTotal: 20 * MB, minFree: 0 });
    const files: string[] = [];
    await using _held = await one.guard.reserve({ captureUid: 'a', bytes: MB, files: () => files });
    files.push('n1.a.1.pcap');
    await expect.poll(() => one.hostmount.ledger.read(), { timeout: 30_000 }).toMatchObject([{ files: ['n1.a.1.pcap'] }]);
  });

  it.each(['{"schemaVersion":1,"entries":[{"captureUid"', '', '[]', '{"schemaVersion":1,"entries":[{"captureUid":"x","node":"n","bytes":-5,"files":[],"expires":1}]}', '{"schemaVersion":99,"entries":[]}'])(
    'puts an unreadable ledger (%j) aside, and every process enters again what it holds',
    async (content) => {
      const path = await mountTmpfs(64 * MB);
      const logged: unknown[] = [];
      const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (fields: object) => logged.push(fields) };
      await using one = await openTestGuard({ path, node: 'n1', maxTotal: 10 * MB, minFree: 0, logger });
      await using two = await openTestGuard({ path, node: 'n2', maxTotal: 10 * MB, minFree: 0, logger });
      await using _a = await one.guard.reserve({ captureUid: 'a', bytes: 4 * MB, files: () => [] });
      await using _b = await two.guard.reserve({ captureUid: 'b', bytes: 4 * MB, files: () => [] });
      await writeFile(join(path, '.pcapper-ledger.json'), content);
      await expect.poll(async () => (await one.hostmount.ledger.read()).map(({ captureUid }) => captureUid).sort(), { timeout: 30_000 }).toEqual(['a', 'b']);
      expect(await readFile(join(path, '.pcapper-ledger.json.unreadable-1'), 'utf8')).toBe(content);
      expect(logged).toHaveLength(1);
      await expect(two.guard.reserve({ captureUid: 'c', bytes: 4 * MB, files: () => [] })).rejects.toMatchObject({ code: 'DiskBudgetExceeded' });
    },
  );

  it('enters nothing for who has given up while another process kept the ledger locked', async () => {
    const path = await mountTmpfs(64e6);
    await using opened = await openTestGuard({ path, node: 'n1', maxTotal: 10e6, minFree: 0 });
    const ask = { captureUid: 'uid', bytes: MB, files: () => [] };
    const abort = new AbortController();
    const reason = new Error('no longer wanted');
    {
      await using _another = await new KernelLock(join(path, '.pcapper-ledger.lock')).acquire();
      const asked = opened.guard.reserve(ask, abort.signal);
      abort.abort(reason);
      await expect(asked).rejects.toBe(reason);
      expect((await opened.guard.usage()).reserved).toBe(0);
    }
    await using held = await opened.guard.reserve(ask);
    expect(held.bytes).toBe(MB);
    expect((await opened.guard.usage()).reserved).toBe(MB);
  });

  it('gives back what it could not when the disk took nothing, once it does again', async () => {
    const path = await mountTmpfs(64e6);
    await using opened = await openTestGuard({ path, node: 'n1', maxTotal: 10e6, minFree: 0 });
    const entries = async () => (JSON.parse(await readFile(join(path, '.pcapper-ledger.json'), 'utf8')) as { entries: unknown[] }).entries;
    const reservation = await opened.guard.reserve({ captureUid: 'uid', bytes: MB, files: () => [] });
    // Where the next version is written first, nothing can be written.
    await mkdir(join(path, '.pcapper-ledger.json.tmp'));
    await reservation[Symbol.asyncDispose]();
    expect(await entries()).toHaveLength(1);
    await rmdir(join(path, '.pcapper-ledger.json.tmp'));
    await eventually(async () => (await entries()).length === 0);
  });

  it('tells what ended captures would free', async () => {
    const path = await mountTmpfs(64 * MB);
    await using opened = await openTestGuard({ path, node: 'n1', maxTotal: 10 * MB, minFree: 0 });
    const { directory } = opened.hostmount;
    await directory.createManifest(closed(manifestOf('n1', 'old', 1)));
    await directory.createManifest(manifestOf('n1', 'open', 2));
    for (const name of ['old.1', 'open.2']) await writeFile(join(path, `n1.${name}.pcap0`), Buffer.alloc(3 * MB));
    await expect(opened.guard.reserve({ captureUid: 'c', bytes: 5 * MB, files: () => [] })).rejects.toThrow('Deleting the ended capture would free 3 MB.');
  });
});
