import { constants } from 'node:fs';
import { access, type FileHandle, link, lstat, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readBounded } from '../../adapters/disk/bounded-read.ts';
import { replaceAtomically, syncFolder } from '../../adapters/disk/durable-file.ts';
import { errorCode } from '../../adapters/disk/hostmount-failure.ts';
import { readPcapFile } from '../../adapters/pcap/inspect-pcap-file.ts';
import type { MergePlan } from '../../adapters/pcap/merge-plan.ts';
import { CaptureError, errorMessage } from '../../core/errors/capture-error.ts';
import { DiskTooSmallError, OutputError } from './get-errors.ts';
import type { Begun, Output } from './output.ts';
import { formatPartPlan, parsePartPlan } from './part-plan.ts';

/** What is written at once. */
const BATCH_BYTES = 1024 * 1024;
const MOST_PLAN_BYTES = 16 * 1024 * 1024;

/**
 * The merged file: `FILE.part` while it grows, with `FILE.part.json` beside it, which says of what. It gets its name when
 * it is whole and on disk.
 */
export class PartFile implements Output {
  readonly name: string;
  readonly #part: string;
  readonly #planFile: string;
  readonly #force: boolean;
  #plan: { readonly plan: MergePlan; readonly captureUid: string } | undefined;
  #file: FileHandle | undefined;
  #opened = false;
  #position = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  /**
   * @param given a path, or that of a folder
   * @param standard the name in such a folder
   * @throws OutputError when it exists and is not to be replaced, or cannot be written
   */
  static async at(given: string, standard: string, { force }: { readonly force: boolean }): Promise<PartFile> {
    const path = (await isFolder(given)) ? join(given, standard) : given;
    const folder = dirname(path);
    try {
      if (given.endsWith('/') && path === given) throw new OutputError({ problem: `The folder ${given} does not exist.`, advice: 'Create it, or give another one.' });
      await access(folder, constants.W_OK | constants.X_OK);
      const existing = await lstat(path).catch(absent);
      if (existing?.isDirectory()) throw new OutputError({ problem: `${path} is a folder.`, advice: 'Give another name with -o.' });
      if (existing && !(await isReplaceable(path))) throw irregular(path);
      if (existing && !force) throw exists(path);
    } catch (error) {
      throw explained(path, error);
    }
    return new PartFile(path, force);
  }

  private constructor(path: string, force: boolean) {
    this.name = path;
    this.#part = `${path}.part`;
    this.#planFile = `${path}.part.json`;
    this.#force = force;
  }

  get leftBehind(): string | undefined {
    return this.#plan && this.#opened ? `What has come is in ${this.#part}; the same command goes on from there.` : undefined;
  }

  async begin(plan: MergePlan, captureUid: string | undefined): Promise<Begun | undefined> {
    return this.#explained(async () => {
      const begun = captureUid === undefined ? undefined : await this.#earlier(plan, captureUid);
      await this.#checkFree(plan.bytes - (begun?.bytes ?? 0));
      if (captureUid !== undefined) this.#plan = { plan, captureUid };
      if (begun === undefined) {
        await rm(this.#part, { force: true });
        await rm(this.#planFile, { force: true });
        await this.noteTaken(new Map());
      }
      // Not for appending: a second process that fetches the same writes the same bytes to the same places.
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
      this.#file = await open(this.#part, flags, 0o600);
      this.#opened = true;
      this.#position = begun?.bytes ?? 0;
      if (begun === undefined) await this.write(plan.header);
      return begun;
    });
  }

  async write(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= BATCH_BYTES) await this.#flush();
  }

  async noteTaken(taken: ReadonlyMap<string, number>): Promise<void> {
    if (this.#plan === undefined) return;
    const text = formatPartPlan({ ...this.#plan, taken });
    await this.#explained(() => replaceAtomically(this.#planFile, `${this.#planFile}.${process.pid}`, text));
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#explained(async () => {
      // An earlier run may have left a part of what was not whole.
      await this.#file?.truncate(this.#position);
      await this.#file?.sync();
      const isOurs = await this.#isOurs();
      await this.#close();
      if (!isOurs) throw new OutputError({ problem: `Another process has finished ${this.#part}, or begun it anew.`, advice: 'Let only one at a time write it.' });
      await this.#giveName();
      this.#plan = undefined;
      await rm(this.#planFile, { force: true });
      // Windows has no such thing.
      await syncFolder(dirname(this.name)).catch(() => undefined);
    });
  }

  async discard(): Promise<boolean> {
    if (!this.#opened) return true;
    this.#opened = false;
    this.#plan = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#close();
    await rm(this.#part, { force: true });
    await rm(this.#planFile, { force: true });
    return true;
  }

  /** Keeps what has come. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#file === undefined) return;
    if (this.#plan === undefined) {
      await this.discard();
      return;
    }
    await this.#flush().catch(() => undefined);
    await this.#close();
  }

  async #earlier(plan: MergePlan, captureUid: string): Promise<Begun | undefined> {
    const text = await readBounded(this.#planFile, MOST_PLAN_BYTES).catch(() => undefined);
    const taken = text === undefined ? undefined : parsePartPlan(text, { plan, captureUid });
    const part = await lstat(this.#part).catch(absent);
    if (taken === undefined || part?.isFile() !== true) return undefined;
    try {
      const { bytes, packets } = await readPcapFile(this.#part);
      return bytes >= plan.header.length && bytes <= plan.bytes ? { bytes, packets, taken } : undefined;
    } catch (error) {
      if (CaptureError.is(error)) return undefined;
      throw error;
    }
  }

  async #checkFree(needed: number): Promise<void> {
    const folder = dirname(this.name);
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < needed) throw new DiskTooSmallError(folder, needed, bavail * bsize);
  }

  async #flush(): Promise<void> {
    const buffers = this.#waiting;
    const file = this.#file;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (file === undefined) return;
    await this.#explained(async () => {
      let rest: readonly Buffer[] = buffers;
      while (rest.length > 0) {
        const { bytesWritten } = await file.writev(rest, this.#position);
        this.#position += bytesWritten;
        rest = behind(rest, bytesWritten);
      }
    });
  }

  async #giveName(): Promise<void> {
    if (!this.#force) {
      try {
        // Unlike rename(2) it replaces nothing that has come there meanwhile.
        await link(this.#part, this.name);
        await rm(this.#part);
        return;
      } catch (error) {
        if (errorCode(error) === 'EEXIST') throw exists(this.name);
        // FAT and some network file systems have no links.
      }
      if (await lstat(this.name).catch(absent)) throw exists(this.name);
    }
    await rename(this.#part, this.name);
  }

  /** What is there under the name of the part is what was written here. */
  async #isOurs(): Promise<boolean> {
    const [ours, there] = [await this.#file?.stat(), await lstat(this.#part).catch(absent)];
    return ours !== undefined && ours.ino === there?.ino && ours.dev === there.dev;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explained(this.#part, error);
    }
  }
}

/** What is left of buffers of which the first bytes were written. */
function behind(buffers: readonly Buffer[], written: number): readonly Buffer[] {
  let left = written;
  return buffers.flatMap((buffer) => {
    const skip = Math.min(left, buffer.length);
    left -= skip;
    return skip < buffer.length ? [buffer.subarray(skip)] : [];
  });
}

function exists(path: string): OutputError {
  return new OutputError({ problem: `${path} exists already.`, advice: `Give another name with -o, or replace it with --force.` });
}

/** Or a link that leads nowhere. */
async function isReplaceable(path: string): Promise<boolean> {
  return (await stat(path).catch(absent))?.isFile() ?? true;
}

function irregular(path: string): OutputError {
  return new OutputError({ problem: `${path} is no regular file.`, advice: `To write into a pipe or a device, use stdout: -o - > ${path}` });
}

function explained(path: string, error: unknown): unknown {
  const code = errorCode(error);
  if (CaptureError.is(error) || code === undefined) return error;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'the folder does not exist',
    ENOTDIR: 'the folder does not exist',
    EACCES: 'writing there is not permitted',
    EROFS: 'the disk is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
  };
  return new OutputError(
    { problem: `${basename(path)} cannot be written in ${dirname(path)}: ${reasons[code] ?? errorMessage(error)}.`, advice: 'Give another place with -o.' },
    { cause: error },
  );
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(absent))?.isDirectory() ?? false;
}

function absent(): undefined {
  return undefined;
}
