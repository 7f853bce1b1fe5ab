import { execFile } from 'node:child_process';
import { link, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { measureFolder } from '../../../src/adapters/disk/disk-usage.ts';
import { freeDisk, freeDiskByDf } from '../../../src/adapters/disk/free-disk.ts';
import { requires } from '../../harness/requirements.ts';
import { mountTmpfs } from './mounts.ts';
import { scratchFolder } from './scratch-folder.ts';

async function du(path: string): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['--block-size=1', '--one-file-system', '--summarize', path]);
  return Number.parseInt(stdout, 10);
}

describe('measureFolder', () => {
  it('counts as du does: links once, holes not, folders too, no link followed', async () => {
    const folder = await scratchFolder();
    await writeFile(join(folder, 'a'), Buffer.alloc(100_000));
    await link(join(folder, 'a'), join(folder, 'same as a'));
    await mkdir(join(folder, 'sub/deeper'), { recursive: true });
    await link(join(folder, 'a'), join(folder, 'sub/deeper/same again'));
    await writeFile(join(folder, 'sub/deeper/b'), Buffer.alloc(5000));
    await writeFile(join(folder, 'hole'), '');
    await truncate(join(folder, 'hole'), 50_000_000);
    await symlink('/usr', join(folder, 'elsewhere'));
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]), Buffer.alloc(9000));
    const { used } = await measureFolder(folder);
    expect(used).toBe(await du(folder));
    expect(used).toBeGreaterThan(114_000);
    expect(used).toBeLessThan(300_000);
  });

  it('sums up by segment: ring files and manifest, in the folder itself', async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, 'n.a.1.pcap7'));
    await writeFile(join(folder, 'n.a.1.pcap7/n.a.1.pcap0'), Buffer.alloc(4096));
    await writeFile(join(folder, 'n.a.1.pcap0'), Buffer.alloc(8192));
    await writeFile(join(folder, 'n.a.1.pcap1'), Buffer.alloc(100));
    await writeFile(join(folder, 'n.a.1.json'), Buffer.alloc(10));
    await writeFile(join(folder, 'n.a.1.pcap.gz'), Buffer.alloc(8192));
    await symlink('n.a.1.pcap0', join(folder, 'n.a.1.pcap2'));
    const { segments } = await measureFolder(folder);
    expect([...segments]).toEqual([['n.a.1.pcap', { allocated: 16_384, size: 8302 }]]);
  });

  it('says ENOENT for a folder that is not there', async () => {
    await expect(measureFolder('/nowhere')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

requires('root').describe('the free disk', () => {
  it('is the same by df and by one system call', async () => {
    const path = await mountTmpfs(16_000_000);
    await writeFile(join(path, 'a'), Buffer.alloc(4_000_000));
    const free = await freeDisk(path);
    expect(free).toBeGreaterThan(11_900_000);
    expect(free).toBeLessThan(12_100_000);
    expect(await freeDiskByDf(path)).toBe(free);
  });

  it('is known without df', async () => {
    const path = await mountTmpfs(16_000_000);
    const { PATH } = process.env;
    process.env['PATH'] = '/nowhere';
    try {
      expect(await freeDiskByDf(path)).toBe(await freeDisk(path));
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('leaves other file systems below the folder out of what is used', async () => {
    const outer = await mountTmpfs(16_000_000);
    const inner = await mountTmpfs(16_000_000);
    await writeFile(join(inner, 'big'), Buffer.alloc(8_000_000));
    await mkdir(join(outer, 'inner'));
    await promisify(execFile)('mount', ['--bind', inner, join(outer, 'inner')]);
    try {
      expect((await measureFolder(outer)).used).toBe(await du(outer));
      expect((await measureFolder(outer)).used).toBeLessThan(100_000);
    } finally {
      await promisify(execFile)('umount', [join(outer, 'inner')]);
    }
  });
});
