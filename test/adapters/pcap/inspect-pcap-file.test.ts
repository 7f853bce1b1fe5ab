import { mkdtempSync, rmSync } from 'node:fs';
import { open, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectPcapFile } from '../../../src/adapters/pcap/inspect-pcap-file.ts';
import { PcapBytes } from './pcap-bytes.ts';

const SECOND = 1_700_000_000;

describe('inspectPcapFile', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pcapper-pcap-'));
    file = join(folder, 'x.pcap');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const pcap = new PcapBytes();
  const three = [pcap.header(), pcap.record(SECOND, 250_000, 60), pcap.record(SECOND + 1, 0, 0), pcap.record(SECOND + 2, 999_999, 1500)];
  const threeBytes = Buffer.concat(three).length;

  it.each([
    ['little endian, microseconds', {}, 250_000],
    ['big endian, microseconds', { bigEndian: true }, 250_000],
    ['little endian, nanoseconds', { nanoseconds: true }, 250_000_000],
    ['big endian, nanoseconds', { bigEndian: true, nanoseconds: true }, 250_000_000],
  ])('reads %s', async (_, options, ticks) => {
    const bytes = new PcapBytes(options);
    await writeFile(file, Buffer.concat([bytes.header(), bytes.record(SECOND, ticks, 60), bytes.record(SECOND + 5, ticks * 2, 100)]));
    expect(await inspectPcapFile(file)).toEqual({
      bytes: 24 + 16 + 60 + 16 + 100,
      packets: 2,
      firstPacketTime: SECOND * 1000 + 250,
      lastPacketTime: SECOND * 1000 + 5500,
      repairedBytes: 0,
    });
  });

  it('leaves a whole file as it is', async () => {
    await writeFile(file, Buffer.concat(three));
    const before = await stat(file);
    expect(await inspectPcapFile(file)).toMatchObject({ packets: 3, bytes: threeBytes, repairedBytes: 0 });
    expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
  });

  it.each([1, 15, 16, 17, 16 + 1499])('cuts a last record of which %d bytes were written', async (bytes) => {
    await writeFile(file, Buffer.concat([...three, pcap.record(SECOND + 3, 0, 1500).subarray(0, bytes)]));
    const found = await inspectPcapFile(file);
    expect(found).toMatchObject({ packets: 3, bytes: threeBytes, repairedBytes: bytes, lastPacketTime: (SECOND + 2) * 1000 + 999.999 });
    expect(await readFile(file)).toEqual(Buffer.concat(three));
    expect(await inspectPcapFile(file)).toMatchObject({ packets: 3, repairedBytes: 0 });
  });

  it.each([
    ['claims more than libpcap captures', pcap.record(SECOND, 0, 262_145)],
    ['has a time that is none', pcap.record(SECOND, 1_000_000, 60)],
    ['is of zeros, as after a loss of power', Buffer.alloc(5000)],
  ])('cuts at a record that %s', async (_, nonsense) => {
    await writeFile(file, Buffer.concat([...three, nonsense, pcap.record(SECOND, 0, 60)]));
    expect(await inspectPcapFile(file)).toMatchObject({ packets: 3, bytes: threeBytes, repairedBytes: nonsense.length + 76 });
  });

  it('takes packets as long as a larger snapshot length lets them be', async () => {
    const large = new PcapBytes({ snapLength: 500_000 });
    await writeFile(file, Buffer.concat([large.header(), large.record(SECOND, 0, 400_000)]));
    expect(await inspectPcapFile(file)).toMatchObject({ packets: 1, repairedBytes: 0 });
  });

  it('knows files without packets', async () => {
    await writeFile(file, '');
    expect(await inspectPcapFile(file)).toEqual({ bytes: 0, packets: 0, repairedBytes: 0 });
    await writeFile(file, pcap.header());
    expect(await inspectPcapFile(file)).toEqual({ bytes: 24, packets: 0, repairedBytes: 0 });
    await writeFile(file, pcap.header().subarray(0, 23));
    expect(await inspectPcapFile(file)).toEqual({ bytes: 0, packets: 0, repairedBytes: 23 });
    expect((await stat(file)).size).toBe(0);
  });

  it('leaves what is no pcap file as it is', async () => {
    const text = 'This was never written by tcpdump.';
    await writeFile(file, text);
    await expect(inspectPcapFile(file)).rejects.toMatchObject({ code: 'PcapFileInvalid' });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('does not follow links', async () => {
    await writeFile(join(folder, 'y'), Buffer.concat([...three, Buffer.alloc(3)]));
    await symlink(join(folder, 'y'), file);
    await expect(inspectPcapFile(file)).rejects.toMatchObject({ code: 'ELOOP' });
    expect((await stat(join(folder, 'y'))).size).toBe(threeBytes + 3);
  });

  it('finds every record, wherever the borders of its reads are', async () => {
    // Lengths that share no factor with a power of two.
    const lengths = Array.from({ length: 9000 }, (_, i) => 1 + ((i * 131) % 997));
    const records = lengths.map((length, i) => pcap.record(SECOND + i, 0, length));
    const whole = Buffer.concat([pcap.header(), ...records]);
    expect(whole.length).toBeGreaterThan(4 * 1024 * 1024);
    await writeFile(file, whole);
    expect(await inspectPcapFile(file)).toMatchObject({ packets: 9000, bytes: whole.length, lastPacketTime: (SECOND + 8999) * 1000 });
  });

  it('skips what it need not read, and needs little memory and no long turn for a large file', async () => {
    const record = pcap.record(SECOND, 0, 200_000);
    const count = 5000;
    const handle = await open(file, 'w');
    await handle.write(pcap.header(), 0, 24, 0);
    // Only record headers are written: the gigabyte between them is holes.
    for (let i = 0; i < count; i += 1) await handle.write(record, 0, 16, 24 + i * record.length);
    await handle.close();
    await truncate(file, 24 + count * record.length);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const before = process.memoryUsage().rss;
    delay.enable();
    expect(await inspectPcapFile(file)).toMatchObject({ packets: count, bytes: 24 + count * record.length, repairedBytes: 0 });
    delay.disable();
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
    expect(delay.max / 1e6).toBeLessThan(1000);
  });
});
