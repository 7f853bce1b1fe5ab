import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { inspectPcapFile } from '../../src/adapters/pcap/inspect-pcap-file.ts';
import type { ResolvedInterface } from '../../src/core/interface-resolver.ts';
import { FakeCaptureDirectory, FakeDisk, FakeTcpdumpRunner, ManualClock } from '../../src/testing/index.ts';

const eth0: ResolvedInterface = { device: 'eth0', linkType: 'EN10MB', gone: new AbortController().signal, [Symbol.asyncDispose]: () => Promise.resolve() };
const spec = (path: string, fileCount: number) => ({ captureUid: 'u', interface: eth0, path, maxFileSize: 100_000, fileCount, snapLength: 500, promiscuous: false });

describe('files on a FakeDisk', () => {
  it.each([1, 2, 11])('hold what real ones do, in a ring of %i', async (fileCount) => {
    const folder = await mkdtemp(`${tmpdir()}/pcapper-disk-`);
    try {
      const clock = new ManualClock();
      const directory = new FakeCaptureDirectory(folder);
      const runs = [
        await new FakeTcpdumpRunner(clock, directory.disk).start(spec(`${folder}/n1.a.1.pcap`, fileCount)),
        await new FakeTcpdumpRunner(clock).start(spec(`${folder}/n1.a.1.pcap`, fileCount)),
      ];
      for (let step = 0; step < 40; step += 1) {
        for (const run of runs) run.receive(23, 40 * step);
        await clock.advance(1000);
      }
      for (const run of runs) await run.stop();
      const files = await directory.files('n1.a.1.pcap');
      expect(files).toHaveLength(Math.min(fileCount, 4));
      for (const { name } of files) {
        const { createdAt, ...held } = await directory.inspect(name);
        expect(held).toEqual({ name, ...(await inspectPcapFile(`${folder}/${name}`)) });
        expect(createdAt).toBeLessThanOrEqual(clock.now());
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('are never written over, and not brought back when they were removed', async () => {
    const disk = new FakeDisk();
    const runner = new FakeTcpdumpRunner(new ManualClock(), disk);
    const run = await runner.start(spec('/hostmount/n1.a.1.pcap', 1));
    await expect(runner.start(spec('/hostmount/n1.a.1.pcap', 1))).rejects.toMatchObject({ code: 'CaptureFile' });
    disk.remove('/hostmount/n1.a.1.pcap');
    run.receive(3);
    expect(disk.paths).toEqual([]);
    expect(disk.used).toBe(0);
  });
});
