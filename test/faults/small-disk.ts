import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface SmallDiskOptions {
  /** Default: 48,000,000. */
  readonly bytes?: number;
  /** How many files it can hold; what the file system itself takes comes on top or off. Default: 400. */
  readonly inodes?: number;
  /** Default: ext4 where the machine lends a loop device, else tmpfs. */
  readonly type?: 'ext4' | 'tmpfs';
}

/** Unmounts and removes once its stdin ends: when it is told to, or when whoever made the disk has died. */
const GUARD = `cat >/dev/null
umount --lazy -- "$2/shield" 2>/dev/null
while umount --lazy -- "$1" 2>/dev/null; do :; done
rm -rf -- "$2"`;

/**
 * A small real file system with a hostmount on it, that others fill, use up and shield from outside of the hostmount.
 * Needs root. It is gone when its process is, however that ends.
 */
export class SmallDisk implements AsyncDisposable {
  readonly type: 'ext4' | 'tmpfs';
  /** A folder of it, for the agent. */
  readonly hostmount: string;
  readonly #mount: string;
  readonly #guard: ChildProcess;
  #isShielded = false;

  /** @throws Error when nothing can be mounted here. */
  static async create({ bytes = 48_000_000, inodes = 400, type = canLoop() ? 'ext4' : 'tmpfs' }: SmallDiskOptions = {}): Promise<SmallDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'pcapper-small-disk-'));
    const mount = join(folder, 'mount');
    await mkdir(mount);
    // A process group of its own, so that a Ctrl-C that ends the test does not end it as well.
    const guard = spawn('sh', ['-c', GUARD, 'sh', mount, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    guard.unref();
    try {
      if (type === 'ext4') {
        const image = join(folder, 'image');
        await execa('truncate', ['-s', String(bytes), image]);
        await execa('mkfs.ext4', ['-q', '-m', '0', '-N', String(inodes), image]);
        await execa('mount', ['-o', 'loop', image, mount]);
      } else {
        await execa('mount', ['-t', 'tmpfs', '-o', `size=${bytes},nr_inodes=${inodes},mode=0755`, 'tmpfs', mount]);
      }
      const hostmount = join(mount, 'hostmount');
      await mkdir(hostmount, { mode: 0o755 });
      return new SmallDisk(type, mount, hostmount, guard);
    } catch (error) {
      await end(guard);
      throw error;
    }
  }

  private constructor(type: 'ext4' | 'tmpfs', mount: string, hostmount: string, guard: ChildProcess) {
    this.type = type;
    this.#mount = mount;
    this.hostmount = hostmount;
    this.#guard = guard;
  }

  /** Bytes that can still be written. */
  async free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#mount);
    return bavail * bsize;
  }

  /** Others fill it: to the last byte, unless some are to be left. */
  async fill({ leaving = 0 }: { readonly leaving?: number } = {}): Promise<void> {
    const bytes = (await this.free()) - leaving;
    if (bytes > 0) await execa('fallocate', ['-l', String(bytes), this.#filler]).catch(() => undefined);
    if (leaving === 0) writeUntilFull(this.#filler);
  }

  /** What others have filled is free again. */
  async empty(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  /** Others use up its inodes: there is room, but no further file can be made. */
  async exhaustInodes(): Promise<void> {
    await mkdir(this.#crowd, { recursive: true });
    for (let number = 0; ; number += 1) {
      try {
        await writeFile(join(this.#crowd, String(number)), '');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
        throw error;
      }
    }
  }

  async freeInodes(): Promise<void> {
    await rm(this.#crowd, { recursive: true, force: true });
  }

  /** Nothing in the hostmount can be made, replaced, removed or opened for writing any more; files that are open are written on. */
  async makeReadOnly(): Promise<void> {
    // Made read-only elsewhere: in its place somebody would open a file before, and keep it busy.
    const shield = join(this.#mount, '..', 'shield');
    await mkdir(shield, { recursive: true });
    await execa('mount', ['--bind', this.hostmount, shield]);
    await execa('mount', ['-o', 'remount,bind,ro', shield]);
    await execa('mount', ['--bind', shield, this.hostmount]);
    this.#isShielded = true;
    await execa('umount', [shield]);
  }

  async makeWritable(): Promise<void> {
    if (!this.#isShielded) return;
    await execa('umount', ['--lazy', this.hostmount]);
    this.#isShielded = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.makeWritable();
    await end(this.#guard);
  }

  get #filler(): string {
    return join(this.#mount, 'of-others');
  }

  get #crowd(): string {
    return join(this.#mount, 'many-of-others');
  }
}

async function end(guard: ChildProcess): Promise<void> {
  const exit = once(guard, 'exit');
  guard.stdin?.end();
  await exit;
}

function canLoop(): boolean {
  return spawnSync('losetup', ['--find']).status === 0 && spawnSync('mkfs.ext4', ['-V']).status === 0;
}

/** Also the last bytes, which no whole block fits into. */
function writeUntilFull(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (let chunk = 65_536; chunk >= 1; ) {
      try {
        writeSync(file, Buffer.alloc(chunk, 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        chunk = Math.floor(chunk / 2);
      }
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
