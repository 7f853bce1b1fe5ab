import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { requires } from '../harness/requirements.ts';
import { SmallDisk } from './small-disk.ts';

const mountsUnder = (path: string) => readFileSync('/proc/self/mounts', 'utf8').split('\n').filter((line) => line.includes(` ${path}`));

for (const type of ['ext4', 'tmpfs'] as const) {
  requires('root', 'mount', ...(type === 'ext4' ? (['loop'] as const) : [])).describe(`a small disk with ${type}`, () => {
    it('is filled to the last byte, and freed', async () => {
      await using disk = await SmallDisk.create({ type });
      const file = join(disk.hostmount, 'file');
      await using handle = await open(file, 'w');
      await handle.write(Buffer.alloc(100_000));
      await disk.fill();
      await expect(handle.writeFile(Buffer.alloc(100_000))).rejects.toThrow('ENOSPC');
      await expect(writeFile(join(disk.hostmount, 'other'), Buffer.alloc(1))).rejects.toThrow('ENOSPC');
      await disk.empty();
      await writeFile(join(disk.hostmount, 'other'), Buffer.alloc(1_000_000));
      expect(await readdir(disk.hostmount)).toEqual(['file', 'other']);
    });

    it('is filled to what is to be left', async () => {
      await using disk = await SmallDisk.create({ type });
      await disk.fill({ leaving: 3_000_000 });
      expect(await disk.free()).toBeGreaterThan(2_900_000);
      expect(await disk.free()).toBeLessThanOrEqual(3_000_000);
      await disk.fill({ leaving: 5_000_000 });
      expect(await disk.free()).toBeLessThanOrEqual(3_000_000);
    });

    it('takes no further file once its inodes are used up, though there is room', async () => {
      await using disk = await SmallDisk.create({ type });
      const [kept, late] = [join(disk.hostmount, 'kept'), join(disk.hostmount, 'late')];
      await writeFile(kept, 'a');
      await disk.exhaustInodes();
      await expect(writeFile(late, '')).rejects.toThrow('ENOSPC');
      await writeFile(kept, Buffer.alloc(1_000_000));
      await disk.freeInodes();
      await writeFile(late, 'b');
    });

    it('becomes read-only for all but open files, and writable again', async () => {
      await using disk = await SmallDisk.create({ type });
      const file = join(disk.hostmount, 'file');
      await using handle = await open(file, 'w');
      await disk.makeReadOnly();
      await expect(writeFile(join(disk.hostmount, 'other'), '')).rejects.toThrow('EROFS');
      await expect(rm(file)).rejects.toThrow('EROFS');
      await handle.write('still');
      expect(await readFile(file, 'utf8')).toBe('still');
      await disk.makeWritable();
      await rm(file);
      await disk.makeReadOnly();
    });

    it('leaves nothing behind', async () => {
      const disk = await SmallDisk.create({ type });
      const mount = dirname(disk.hostmount);
      await disk.makeReadOnly();
      await using _open = await open(mount, 'r');
      await disk[Symbol.asyncDispose]();
      expect(mountsUnder(mount)).toEqual([]);
      expect(existsSync(dirname(mount))).toBe(false);
    });
  });
}

requires('root', 'mount').describe('a small disk of a process that is killed', () => {
  it('goes with it', async () => {
    const holder = spawn(process.execPath, [fileURLToPath(new URL('processes/hold-small-disk.ts', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(holder.stdout.setEncoding('utf8'), 'data')) as [string];
    const mount = dirname(line.trim());
    expect(mountsUnder(mount)).toHaveLength(1);
    holder.kill('SIGKILL');
    await eventually(() => mountsUnder(mount).length === 0 && !existsSync(dirname(mount)));
  });
});
