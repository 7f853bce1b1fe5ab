import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { HostmountError, HostmountLockedError } from '../../core/errors/disk-errors.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { inspectPcapFile } from '../pcap/inspect-pcap-file.ts';
import { FileLedger } from './file-ledger.ts';
import { HostmountDirectory, type InspectFile } from './hostmount-directory.ts';
import { hostmountFailure } from './hostmount-failure.ts';
import { HostmountMeter } from './hostmount-meter.ts';
import { checkNodeName, NodeLock } from './node-lock.ts';

/** Which folder {@link openHostmount} opens, and for whom. */
export interface HostmountOptions {
  /** HOSTMOUNT: an absolute path. */
  readonly path: string;
  /** NODE_NAME, or another identity of the engine that is to write there. */
  readonly node: string;
  /** The name is of one use: see `NodeLockOptions`. Whoever still has it is waited for, 30 seconds. Default: false. */
  readonly ephemeral?: boolean;
  /** Reads a file's records. Default: as pcap. */
  readonly inspect?: InspectFile;
  /** Told of what is set aside, waited for or cannot be removed. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Ends the waiting for whoever has it; the call then throws its reason, and nothing stays locked. */
  readonly signal?: AbortSignal;
}

/** A hostmount that this process alone may use under its NODE_NAME, until disposed. */
export interface Hostmount extends AsyncDisposable {
  /** {@link HostmountOptions.node}, by which it was opened. */
  readonly node: string;
  /** The files and manifests of captures in it. */
  readonly directory: HostmountDirectory;
  /** What is reserved in it, by this process and by others that write there: behind a short-held lock (flock(2)). */
  readonly ledger: FileLedger;
  /** Measures what is used in it, and what its file system has free. Bytes. */
  readonly meter: HostmountMeter;
  /**
   * Aborted when another agent of this NODE_NAME has got in here, as when the lock file was removed while this process
   * was stopped. Manifests can no longer be written then, and the process must end at once.
   */
  readonly lost: AbortSignal;
}

/** For a former process of the same capture to end it, which its Pod is given twice as long for. */
const EPHEMERAL_WAIT_SECONDS = 30;

/**
 * Checks the hostmount and takes this node's lock in it.
 * @throws HostmountError saying what is wrong with it, HostmountLockedError, ProgramMissingError, SettingInvalidError, the
 * reason of the signal
 */
export async function openHostmount({ path, node, ephemeral = false, inspect = inspectPcapFile, logger = silentLogger, signal }: HostmountOptions): Promise<Hostmount> {
  checkNodeName(node);
  await checkFolder(path);
  const lock = await NodeLock.take({ hostmount: path, node, ephemeral, logger, signal, ...(ephemeral && { waitSeconds: EPHEMERAL_WAIT_SECONDS }) });
  if (lock === undefined) throw new HostmountLockedError(path, node);
  try {
    const directory = new HostmountDirectory(path, node, inspect, logger, lock);
    await directory.removeTemporaries();
    return {
      node,
      directory,
      ledger: new FileLedger(path, logger),
      meter: new HostmountMeter(path),
      lost: lock.lost,
      [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
    };
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function checkFolder(path: string): Promise<void> {
  if (!isAbsolute(path)) throw new HostmountError(path, 'it is not an absolute path');
  try {
    const { mode, uid } = await stat(path);
    const isFolder = (mode & constants.S_IFMT) === constants.S_IFDIR;
    if (!isFolder) throw new HostmountError(path, 'it is not a folder');
    const ours = [0, process.getuid?.()].includes(uid);
    if (!ours) throw new HostmountError(path, `it belongs to user ${uid}, who could change what is written there`);
    const othersWrite = (mode & constants.S_IWOTH) !== 0;
    const sticky = (mode & 0o1000) !== 0;
    if (othersWrite && !sticky) throw new HostmountError(path, 'everybody may write to it and remove what is there');
    // Whether the disk is full is not asked: an agent that runs can refuse captures with the numbers.
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw hostmountFailure(path, error);
  }
}
