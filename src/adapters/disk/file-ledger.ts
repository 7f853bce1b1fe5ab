import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskLedger, LedgerEntry } from '../../core/disk-ledger.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { HostmountError } from '../../core/errors/disk-errors.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { readBounded } from './bounded-read.ts';
import { replaceAtomically } from './durable-file.ts';
import { errorCode, hostmountFailure } from './hostmount-failure.ts';
import { KernelLock } from './kernel-lock.ts';
import { nodeLockFile } from './node-lock.ts';
import { formatLedger, parseLedger } from './parse-ledger.ts';
import { setAside } from './set-aside.ts';

const FILE = '.pcapper-ledger.json';
const LOCK_FILE = '.pcapper-ledger.lock';
const MOST_BYTES = 64 * 1024 * 1024;
const LOCK_WAIT_SECONDS = 10;

/**
 * The ledger as a JSON file in the hostmount, replaced under a kernel lock that is held for milliseconds. It is not
 * flushed to the disk: it tells what living processes hold, and a crash of the machine ends them all.
 */
export class FileLedger implements DiskLedger {
  readonly #hostmount: string;
  readonly #path: string;
  readonly #lock: KernelLock;
  readonly #logger: Logger;
  #updates: Promise<unknown> = Promise.resolve();

  constructor(hostmount: string, logger: Logger = silentLogger) {
    this.#hostmount = hostmount;
    this.#path = join(hostmount, FILE);
    this.#lock = new KernelLock(join(hostmount, LOCK_FILE));
    this.#logger = logger;
  }

  async read(): Promise<readonly LedgerEntry[]> {
    try {
      return parseLedger(await readBounded(this.#path, MOST_BYTES));
    } catch {
      return [];
    }
  }

  update(change: (entries: readonly LedgerEntry[]) => Promise<readonly LedgerEntry[]>): Promise<void> {
    // Waiting here for each other costs nothing; waiting in flock costs a process.
    const update = this.#updates.then(() => this.#update(change));
    this.#updates = update.catch(() => undefined);
    return update;
  }

  async isNodeAlive(node: string): Promise<boolean> {
    const lock = nodeLockFile(this.#hostmount, node);
    try {
      await stat(lock.path);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw hostmountFailure(this.#hostmount, error);
    }
    await using taken = await lock.acquire();
    return taken === undefined;
  }

  async #update(change: (entries: readonly LedgerEntry[]) => Promise<readonly LedgerEntry[]>): Promise<void> {
    await using lease = await this.#lock.acquire({ waitSeconds: LOCK_WAIT_SECONDS });
    if (lease === undefined) {
      throw new HostmountError(this.#hostmount, `another process has kept its ledger (${LOCK_FILE}) locked for ${LOCK_WAIT_SECONDS} s`);
    }
    try {
      const before = await this.#readLocked();
      const content = formatLedger(await change(before ?? []));
      // The lock makes one temporary name enough: what a crash left of it is overwritten.
      if (before === undefined || content !== formatLedger(before)) await replaceAtomically(this.#path, `${this.#path}.tmp`, content);
    } catch (error) {
      throw hostmountFailure(this.#hostmount, error);
    }
  }

  /** `undefined` when there is none that can be read. */
  async #readLocked(): Promise<readonly LedgerEntry[] | undefined> {
    try {
      return parseLedger(await readBounded(this.#path, MOST_BYTES));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      const name = await setAside(this.#path);
      this.#logger.error(
        { hostmount: this.#hostmount, setAside: name, error: errorMessage(error) },
        'the ledger of reserved disk cannot be read; it was set aside, and each agent enters what it holds again',
      );
      return undefined;
    }
  }
}
