import { chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openHostmount } from '../../../src/adapters/disk/open-hostmount.ts';
import { requires } from '../../harness/requirements.ts';
import { ChildModule } from './child-module.ts';
import { mountExt4, mountTmpfs, remountReadOnly } from './mounts.ts';
import { scratchFolder } from './scratch-folder.ts';

const open = (path: string, node = 'n1') => openHostmount({ path, node, inspect: () => Promise.reject(new Error('not asked here')) });
const refusedWith = (path: string, text: string) =>
  expect(open(path)).rejects.toMatchObject({ code: 'Hostmount', message: expect.stringContaining(text) as string });

requires('root').describe('openHostmount', () => {
  it('takes one agent per NODE_NAME, until that one is disposed', async () => {
    const path = await scratchFolder();
    const first = await open(path);
    await expect(open(path)).rejects.toMatchObject({ code: 'HostmountLocked' });
    await using _other = await open(path, 'n2');
    await first[Symbol.asyncDispose]();
    await using _next = await open(path);
  });

  it('takes the next agent at once when the last one was killed', async () => {
    const path = await scratchFolder();
    const agent = new ChildModule('reserve-many', path, 'n1', '1', '1', '1000000');
    expect(await agent.line()).toBe('ready');
    await expect(open(path)).rejects.toMatchObject({ code: 'HostmountLocked' });
    await agent.kill();
    await using _next = await open(path);
  });

  it('gives up waiting for who has it when its signal is aborted, and leaves nothing locked', async () => {
    const path = await scratchFolder();
    const first = await open(path);
    const signal = AbortSignal.timeout(300);
    // Without the signal it waits 30 s, and then says that it is locked.
    await expect(openHostmount({ path, node: 'n1', ephemeral: true, signal })).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(openHostmount({ path, node: 'n2', signal })).rejects.toMatchObject({ name: 'TimeoutError' });
    await using _other = await open(path, 'n2');
    await first[Symbol.asyncDispose]();
    await using _next = await open(path);
  });

  it('says what is wrong with the folder', async () => {
    const path = await scratchFolder();
    await writeFile(join(path, 'file'), '');
    await refusedWith(join(path, 'missing'), 'it does not exist');
    await refusedWith(join(path, 'file'), 'it is not a folder');
    await refusedWith('relative/path', 'it is not an absolute path');
    await mkdir(join(path, 'anybody'));
    await chmod(join(path, 'anybody'), 0o777);
    await refusedWith(join(path, 'anybody'), 'everybody may write to it');
    await mkdir(join(path, 'others'));
    await chown(join(path, 'others'), 1234, 1234);
    await refusedWith(join(path, 'others'), 'it belongs to user 1234');
  });

  it('says that it is read-only', async () => {
    const path = await mountTmpfs(1_000_000);
    await remountReadOnly(path);
    await refusedWith(path, 'it is read-only');
  });

  it('opens one on a full disk, so that captures can be refused with the numbers', async () => {
    const path = await mountExt4(16_000_000);
    await writeFile(join(path, 'of-others'), Buffer.alloc(32_000_000)).catch(() => undefined);
    await using _opened = await open(path);
  });

  it.each(['', '..', 'a/b', '../n1', 'a%b', 'ä', 'x'.repeat(250)])('refuses the node name %j', async (node) => {
    const path = await scratchFolder();
    await expect(open(path, node)).rejects.toMatchObject({ code: 'SettingInvalid' });
    expect(await readdir(path)).toEqual([]);
  });
});
