import { constants, type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage, quote } from '../../core/errors/capture-error.ts';
import { SettingInvalidError } from '../../core/errors/agent-errors.ts';
import { HostmountError, HostmountLockedError } from '../../core/errors/disk-errors.ts';
import { isFileNamePart, MAX_FILE_NAME_BYTES } from '../../core/file-names.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { flock } from './flock.ts';
import { errorCode, hostmountFailure } from './hostmount-failure.ts';
import { type KernelLease, KernelLock } from './kernel-lock.ts';
import { LockMark } from './lock-mark.ts';

const fileName = (node: string) => `.pcapper.${node}.lock`;

/** The name that the lock of this file is of; `undefined` when it is no such file. */
export function lockedNodeOf(name: string): string | undefined {
  return /^\.pcapper\.(?<node>.+)\.lock$/.exec(name)?.groups?.['node'];
}

/** Whether a NODE_NAME can name a lock and files. */
export function isNodeName(node: string): boolean {
  return isFileNamePart(node) && fileName(node).length <= MAX_FILE_NAME_BYTES;
}

/** @throws SettingInvalidError when a NODE_NAME cannot be part of a file name */
export function checkNodeName(node: string): void {
  if (isNodeName(node)) return;
  throw new SettingInvalidError({
    problem: `The node name ${quote(node)} cannot be part of a file name.`,
    advice: 'Set NODE_NAME to the name of the node, as spec.nodeName has it.',
  });
}

/**
 * The file that the one agent of a hostmount and NODE_NAME keeps locked while it lives.
 * @throws SettingInvalidError when the name cannot be part of a file name
 */
export function nodeLockFile(hostmount: string, node: string): KernelLock {
  checkNodeName(node);
  return new KernelLock(join(hostmount, fileName(node)));
}

export interface NodeLockOptions {
  /** HOSTMOUNT. */
  readonly hostmount: string;
  /** NODE_NAME. */
  readonly node: string;
  readonly logger?: Logger;
  /**
   * Time that a living holder is given to take a removed lock file back, when others are at work on the hostmount and
   * the file does not tell whose it was. Milliseconds. Default: 3,000.
   */
  readonly grace?: number;
  /** How long to wait for a holder that may be ending. Seconds. Default: 3. */
  readonly waitSeconds?: number;
  /**
   * The name is of one use, as that of a single capture: the lock file is removed when it is let go of, and `grace` is 0, since
   * a file that is not there has most likely never been. Default: false.
   */
  readonly ephemeral?: boolean;
  /** Ends the waiting, for whatever it is; the call then throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** For an agent that is ending, and for another's short look at whether we live. */
const WAIT_SECONDS = 3;
const GRACE_MS = 3_000;
/** Where the kernel does not tell of changes. */
const LOOK_EVERY_MS = 1_000;

/**
 * The lock of one hostmount and NODE_NAME. Its file may be removed or replaced by hand: the holder notices at once and
 * takes it back, and a newcomer that finds no file of its node leaves it the time to do so, unless nobody is at work on
 * the hostmount at all. For that, all holders share a lock on the folder itself.
 */
export class NodeLock implements AsyncDisposable {
  readonly #hostmount: string;
  readonly #node: string;
  readonly #logger: Logger;
  readonly #grace: number;
  readonly #waitSeconds: number;
  readonly #ephemeral: boolean;
  readonly #lock: KernelLock;
  readonly #mark: LockMark;
  readonly #folder: FileHandle;
  readonly #lost = new AbortController();
  #lease: KernelLease | undefined;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #verifying: Promise<void> | undefined;
  #complaint = '';

  /**
   * @returns `undefined` when another holds it.
   * @throws HostmountError, ProgramMissingError, SettingInvalidError, the reason of the signal
   */
  static async take(options: NodeLockOptions): Promise<NodeLock | undefined> {
    const file = nodeLockFile(options.hostmount, options.node);
    const folder = await open(options.hostmount, constants.O_RDONLY | constants.O_DIRECTORY).catch((error: unknown) => {
      throw hostmountFailure(options.hostmount, error);
    });
    const lock = new NodeLock(options, file, folder);
    try {
      if (await lock.#take(options.signal)) return lock;
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      options.signal?.throwIfAborted();
      throw error;
    }
    await lock[Symbol.asyncDispose]();
    return undefined;
  }

  private constructor({ hostmount, node, logger = silentLogger, ephemeral = false, grace = ephemeral ? 0 : GRACE_MS, waitSeconds = WAIT_SECONDS }: NodeLockOptions, lock: KernelLock, folder: FileHandle) {
    this.#hostmount = hostmount;
    this.#node = node;
    this.#logger = logger;
    this.#grace = grace;
    this.#waitSeconds = waitSeconds;
    this.#ephemeral = ephemeral;
    this.#lock = lock;
    this.#mark = new LockMark(node);
    this.#folder = folder;
  }

  /** Aborted when another process has got the lock, or another folder has taken the hostmount's place. The reason says which. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Makes sure that it is held still: takes it back when its file was removed or replaced.
   * @throws HostmountLockedError, HostmountError when it is lost; HostmountError also when that cannot be found out now.
   */
  verify(): Promise<void> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason as Error);
    this.#verifying ??= this.#verify().finally(() => {
      this.#verifying = undefined;
    });
    return this.#verifying;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#watcher?.close();
    await this.#verifying?.catch(() => undefined);
    this.#watcher?.close();
    // While it is held: whoever waits for it finds that this file is not the one that lies there.
    if (this.#ephemeral && (await this.#lease?.isInPlace().catch(() => false))) await rm(this.#lock.path, { force: true });
    await this.#lease?.[Symbol.asyncDispose]();
    await this.#folder.close();
  }

  async #take(signal?: AbortSignal): Promise<boolean> {
    for (;;) {
      const isFree = await this.#enter(signal);
      const lease = await this.#lock.acquire({ waitSeconds: this.#waitSeconds, signal });
      if (lease === undefined) return false;
      // It may have been removed after it was looked at.
      if (isFree || (await this.#mark.isOn(lease.fd))) {
        await this.#hold(lease);
        this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
        return true;
      }
      await lease[Symbol.asyncDispose]();
    }
  }

  /** Takes a place among those at work here. @returns whether no living holder of this node can be without the file that lies there. */
  async #enter(signal?: AbortSignal): Promise<boolean> {
    const isMarked = await this.#mark.isOnFile(this.#lock.path);
    const isAlone = !isMarked && (await this.#lockFolder('exclusive', 0, signal));
    await this.#lockFolder('shared', WAIT_SECONDS, signal);
    if (!isMarked && !isAlone && this.#grace > 0) {
      this.#logger.info({ hostmount: this.#hostmount, node: this.#node }, 'others are at work on the hostmount: one of this node may yet come forward');
      await sleep(this.#grace, undefined, signal && { signal });
    }
    return !isMarked;
  }

  /** @returns false, too, where folders cannot be locked: then nobody knows who else is at work here. */
  async #lockFolder(mode: 'exclusive' | 'shared', waitSeconds: number, signal?: AbortSignal): Promise<boolean> {
    const { fd } = this.#folder;
    try {
      return await flock(fd, mode, { waitSeconds, folder: this.#hostmount, signal });
    } catch (error) {
      if (signal?.aborted || !(error instanceof HostmountError)) throw error;
      this.#logger.warn({ hostmount: this.#hostmount, error: error.message }, 'the hostmount itself cannot be locked');
      return false;
    }
  }

  async #hold(lease: KernelLease): Promise<void> {
    this.#lease = lease;
    await this.#mark.put(lease.fd);
    this.#watcher?.close();
    try {
      // Removing, renaming or replacing it changes its link count or name (inotify(7): IN_ATTRIB, IN_MOVE_SELF).
      this.#watcher = watch(this.#lock.path, { persistent: false }, () => this.#look());
      this.#watcher.on('error', () => undefined);
    } catch {
      // Too many watches on this machine, or a file system without: it is looked at from time to time.
    }
  }

  #look(): void {
    this.verify().then(
      () => {
        this.#complaint = '';
      },
      (error: unknown) => {
        const complaint = errorMessage(error);
        if (complaint !== this.#complaint) this.#logger.error({ hostmount: this.#hostmount, error: complaint }, 'the lock of this node cannot be made sure of');
        this.#complaint = complaint;
      },
    );
  }

  async #verify(): Promise<void> {
    if (!(await this.#isSameFolder())) this.#lost.abort(new HostmountError(this.#hostmount, 'it was removed, or another folder has taken its place'));
    else if (!(await this.#lease?.isInPlace())) await this.#takeBack();
    this.lost.throwIfAborted();
  }

  async #isSameFolder(): Promise<boolean> {
    const held = await this.#folder.stat();
    try {
      const named = await stat(this.#hostmount);
      return named.ino === held.ino && named.dev === held.dev;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw hostmountFailure(this.#hostmount, error);
    }
  }

  async #takeBack(): Promise<void> {
    const former = this.#lease;
    const lease = await this.#lock.acquire({ waitSeconds: WAIT_SECONDS });
    if (lease === undefined) {
      this.#lost.abort(new HostmountLockedError(this.#hostmount, this.#node));
      return;
    }
    await this.#hold(lease);
    await former?.[Symbol.asyncDispose]();
    this.#logger.warn({ hostmount: this.#hostmount, file: this.#lock.path }, 'the lock file of this node was removed or replaced; it was taken back');
  }
}
