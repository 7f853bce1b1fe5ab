import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { KernelLock } from '../../../src/adapters/disk/kernel-lock.ts';
import { ChildModule } from './child-module.ts';
import { scratchFolder } from './scratch-folder.ts';

const run = promisify(execFile);
const freeForOthers = (path: string) =>
  run('flock', ['--nonblock', path, 'true']).then(
    () => true,
    () => false,
  );

describe('KernelLock', () => {
  it('is held against others until it is disposed', async () => {
    const path = join(await scratchFolder(), 'lock');
    const lease = await new KernelLock(path).acquire();
    expect(lease).toBeDefined();
    expect(await freeForOthers(path)).toBe(false);
    expect(await new KernelLock(path).acquire()).toBeUndefined();
    await lease?.[Symbol.asyncDispose]();
    await lease?.[Symbol.asyncDispose]();
    expect(await freeForOthers(path)).toBe(true);
  });

  it('is had at once when its holder gives it back while it is waited for', async () => {
    const path = join(await scratchFolder(), 'lock');
    const holder = await new KernelLock(path).acquire();
    const waiting = new KernelLock(path).acquire({ waitSeconds: 50 });
    await holder?.[Symbol.asyncDispose]();
    await using lease = await waiting;
    expect(lease).toBeDefined();
  });

  it('gives up after the time to wait', async () => {
    const path = join(await scratchFolder(), 'lock');
    await using _holder = await new KernelLock(path).acquire();
    expect(await new KernelLock(path).acquire({ waitSeconds: 0.05 })).toBeUndefined();
  });

  it('never has two holders in one process', async () => {
    const lock = new KernelLock(join(await scratchFolder(), 'lock'));
    let holders = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        await using lease = await lock.acquire({ waitSeconds: 50 });
        expect(lease).toBeDefined();
        most = Math.max(most, (holders += 1));
        await new Promise((resolve) => setImmediate(resolve));
        holders -= 1;
      }),
    );
    expect(most).toBe(1);
  });

  it('is free at once when its holder is killed with SIGKILL', async () => {
    const path = join(await scratchFolder(), 'lock');
    const holder = new ChildModule('hold-lock', path);
    expect(await holder.line()).toBe('held');
    expect(await new KernelLock(path).acquire()).toBeUndefined();
    await holder.kill();
    await using lease = await new KernelLock(path).acquire();
    expect(lease).toBeDefined();
  });

  it('is not passed on to other children', async () => {
    const path = join(await scratchFolder(), 'lock');
    const lease = await new KernelLock(path).acquire();
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      const fds = await run('ls', [`/proc/${child.pid}/fd`]);
      const targets = await Promise.all(fds.stdout.trim().split('\n').map((fd) => readlink(`/proc/${child.pid}/fd/${fd}`).catch(() => 'closed meanwhile')));
      expect(targets).not.toContain(path);
      await lease?.[Symbol.asyncDispose]();
      expect(await freeForOthers(path)).toBe(true);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('holds the file of that name, also when the one that was waited for is removed', async () => {
    const path = join(await scratchFolder(), 'lock');
    const first = await new KernelLock(path).acquire();
    const waiting = new KernelLock(path).acquire({ waitSeconds: 50 });
    await rm(path);
    await first?.[Symbol.asyncDispose]();
    await using lease = await waiting;
    expect(lease).toBeDefined();
    expect(await freeForOthers(path)).toBe(false);
  });

  it('follows no symbolic link', async () => {
    const folder = await scratchFolder();
    await writeFile(join(folder, 'precious'), 'kept');
    await symlink(join(folder, 'precious'), join(folder, 'lock'));
    await expect(new KernelLock(join(folder, 'lock')).acquire()).rejects.toMatchObject({ code: 'Hostmount' });
    expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('kept');
  });

  it('says what to install when there is no flock', async () => {
    const path = join(await scratchFolder(), 'lock');
    const { PATH } = process.env;
    process.env['PATH'] = '/nowhere';
    try {
      await expect(new KernelLock(path).acquire()).rejects.toMatchObject({
        code: 'ProgramMissing',
        message: expect.stringContaining('util-linux') as string,
      });
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('says that the folder is missing', async () => {
    await expect(new KernelLock('/nowhere/lock').acquire()).rejects.toMatchObject({
      code: 'Hostmount',
      message: expect.stringContaining('it does not exist') as string,
    });
  });
});
