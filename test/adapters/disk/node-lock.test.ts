import { copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NodeLock, type NodeLockOptions } from '../../../src/adapters/disk/node-lock.ts';
import { eventually } from '../kubernetes/eventually.ts';
import { ChildModule } from './child-module.ts';
import { cleanUp, scratchFolder } from './scratch-folder.ts';

/** Longer than any test: whoever waits for it fails by its time limit. */
const FOREVER = 3_600_000;

async function take(hostmount: string, node = 'n1', options: Partial<NodeLockOptions> = {}): Promise<NodeLock | undefined> {
  const lock = await NodeLock.take({ hostmount, node, ...options });
  cleanUp(async () => lock?.[Symbol.asyncDispose]());
  return lock;
}

async function takeInProcess(hostmount: string, node = 'n1', grace?: number): Promise<ChildModule> {
  const holder = new ChildModule('hold-node-lock', hostmount, node, ...(grace === undefined ? [] : [String(grace)]));
  expect(await holder.line()).toBe('held');
  return holder;
}

const file = (hostmount: string) => join(hostmount, '.pcapper.n1.lock');

it('is one holder’s at a time, per NODE_NAME', async () => {
  const path = await scratchFolder();
  const first = await take(path);
  expect(first).toBeDefined();
  expect(await take(path)).toBeUndefined();
  expect(await take(path, 'n2', { grace: 0 })).toBeDefined();
  await first?.verify();
  await first?.[Symbol.asyncDispose]();
  expect(await take(path)).toBeDefined();
});

it('waits for nobody: alone on the hostmount, and where the file says whose it was', async () => {
  const path = await scratchFolder();
  const first = await take(path, 'n1', { grace: FOREVER });
  await first?.[Symbol.asyncDispose]();
  await take(path, 'n2', { grace: FOREVER });
  expect(await take(path, 'n1', { grace: FOREVER })).toBeDefined();
});

it('is free at once when its holder is killed, also beside another node’s', async () => {
  const path = await scratchFolder();
  const [holder] = [await takeInProcess(path), await take(path, 'n2', { grace: 0 })];
  await holder.kill();
  expect(await take(path, 'n1', { grace: FOREVER })).toBeDefined();
});

it('of one use leaves no file, waits for nobody, and lets nobody in beside it', async () => {
  const path = await scratchFolder();
  await take(path, 'n2', { grace: 0 });
  const first = await take(path, 'n1', { ephemeral: true });
  expect(await readdir(path)).toContain('.pcapper.n1.lock');
  expect(await take(path, 'n1', { ephemeral: true })).toBeUndefined();
  const next = take(path, 'n1', { ephemeral: true });
  await first?.[Symbol.asyncDispose]();
  const second = await next;
  await second?.verify();
  expect(await take(path, 'n1', { ephemeral: true })).toBeUndefined();
  await second?.[Symbol.asyncDispose]();
  expect(await readdir(path)).toEqual(['.pcapper.n2.lock']);
});

const WAYS: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['removed', (path) => rm(file(path))],
  ['moved away', (path) => rename(file(path), join(path, 'moved'))],
  [
    'replaced by an empty one',
    async (path) => {
      await writeFile(join(path, 'empty'), '');
      await rename(join(path, 'empty'), file(path));
    },
  ],
  [
    'replaced by a copy',
    async (path) => {
      await copyFile(file(path), join(path, 'copy'));
      await rename(join(path, 'copy'), file(path));
    },
  ],
  ['removed with all that is there', async (path) => Promise.all((await readdir(path)).map((name) => rm(join(path, name))))],
];

it.each(WAYS)('stays its holder’s when the file is %s: no other gets in', async (_, remove) => {
  const path = await scratchFolder();
  const holder = await takeInProcess(path);
  await remove(path);
  expect(await take(path)).toBeUndefined();
  // The file of that name is the holder's again, and bears its mark.
  const { ino } = await stat(file(path));
  expect(await readFile(file(path), 'utf8')).toContain(`inode ${ino}`);
  await holder.kill();
  expect(await take(path, 'n1', { grace: FOREVER })).toBeDefined();
});

it('is taken back again and again, and says so', async () => {
  const path = await scratchFolder();
  const warnings: string[] = [];
  const logger = { debug: () => undefined, info: () => undefined, warn: (_: object, text: string) => warnings.push(text), error: () => undefined };
  const lock = await take(path, 'n1', { logger });
  for (let round = 1; round <= 3; round += 1) {
    await rm(file(path));
    await eventually(() => warnings.length === round);
    await lock?.verify();
    expect(await take(path)).toBeUndefined();
  }
  expect(warnings[0]).toContain('taken back');
});

it('is taken back before anything is done under it, however soon that is', async () => {
  const path = await scratchFolder();
  const lock = await take(path);
  await rm(file(path));
  await lock?.verify();
  expect(await stat(file(path))).toBeDefined();
});

it('that was lost while its holder was stopped is known to be lost once that goes on', async () => {
  const path = await scratchFolder();
  const holder = await takeInProcess(path);
  process.kill(holder.pid, 'SIGSTOP');
  await rm(file(path));
  const next = await take(path, 'n1', { grace: 50 });
  expect(next).toBeDefined();
  process.kill(holder.pid, 'SIGCONT');
  expect(await holder.line()).toContain('Another agent or engine of n1 is already at work');
  await next?.verify();
  expect(next?.lost.aborted).toBe(false);
});

it('is lost with its hostmount: removed, or another folder in its place', async () => {
  const [replaced, removed] = [join(await scratchFolder(), 'hostmount'), join(await scratchFolder(), 'hostmount')];
  await Promise.all([mkdir(replaced), mkdir(removed)]);
  const locks = [await take(replaced), await take(removed)];
  await rename(replaced, `${replaced}-moved`);
  await mkdir(replaced);
  await rm(removed, { recursive: true });
  for (const lock of locks) {
    await eventually(() => lock?.lost.aborted);
    expect(lock?.lost.reason).toMatchObject({ code: 'Hostmount', message: expect.stringContaining('another folder has taken its place') as string });
    await expect(lock?.verify()).rejects.toMatchObject({ code: 'Hostmount' });
  }
});

it('is not lost to one who only looks whether its holder lives', async () => {
  const path = await scratchFolder();
  const lock = await take(path);
  await rm(file(path));
  const looking = new ChildModule('hold-lock', file(path));
  const seen = await looking.line();
  const verified = lock?.verify();
  await looking.kill();
  await verified;
  expect(['held', 'refused']).toContain(seen);
  expect(lock?.lost.aborted).toBe(false);
});

it('follows no symbolic link', async () => {
  const path = await scratchFolder();
  await writeFile(join(path, 'precious'), 'kept');
  await symlink(join(path, 'precious'), file(path));
  await expect(take(path)).rejects.toMatchObject({ code: 'Hostmount' });
  expect(await readFile(join(path, 'precious'), 'utf8')).toBe('kept');
});
