import { readdir, rm, stat } from 'node:fs/promises';
import { oneShotIdentityIn } from '../../api/one-shot/one-shot-identity.ts';
import { type CaptureManifest, elapsedSince, elapsedSinceClosed } from '../../core/capture-manifest.ts';
import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { ONE_SHOT_SOURCE } from '../../core/one-shot/one-shot.ts';
import { inspectPcapFile } from '../pcap/inspect-pcap-file.ts';
import { HostmountDirectory } from './hostmount-directory.ts';
import { isManifestFileName, readManifest } from './manifest-file.ts';
import { lockedNodeOf, nodeLockFile } from './node-lock.ts';

/** What {@link OneShotLeftovers} looks for, and where. */
export interface OneShotLeftoversOptions {
  /** HOSTMOUNT: an absolute path. */
  readonly hostmount: string;
  /** NODE_NAME. What agents of other nodes left is theirs. */
  readonly node: string;
  /** KEEP_FILES_HOURS: what ended longer ago is removed. Milliseconds. */
  readonly keepFilesFor: number;
  /** By which it is told how long ago a capture ended: a `SystemClock`. */
  readonly clock: Clock;
  /** Told what was removed, and what could not be. Default: `silentLogger`. */
  readonly logger?: Logger;
}

/**
 * What agents in one-shot mode of this node have left: nobody is there to remove it, so those that come later do. One whose
 * capture goes on, or may yet be gone on with, keeps all.
 */
export class OneShotLeftovers {
  readonly #options: OneShotLeftoversOptions;
  readonly #logger: Logger;

  constructor(options: OneShotLeftoversOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
  }

  /** Removes the files and manifests that were kept long enough. Never rejects: what cannot be removed stays for the next one. */
  async remove(): Promise<void> {
    try {
      const names = await readdir(this.#options.hostmount);
      const identities = new Set(names.map((name) => oneShotIdentityIn(lockedNodeOf(name) ?? name, this.#options.node)).filter((identity) => identity !== undefined));
      for (const identity of identities) await this.#removeOf(identity, names.filter((name) => name.startsWith(`${identity}.`)));
    } catch (error) {
      this.#logger.warn({ error: errorMessage(error) }, 'what earlier one-shots left cannot be looked through');
    }
  }

  async #removeOf(identity: string, names: readonly string[]): Promise<void> {
    try {
      if (!(await this.#isOver(identity, names))) return;
      const lock = nodeLockFile(this.#options.hostmount, identity);
      await using lease = await lock.acquire();
      // Whoever holds it is at work on what its manifests say.
      if (lease === undefined || !(await this.#isOver(identity, names))) return;
      const directory = new HostmountDirectory(this.#options.hostmount, identity, inspectPcapFile, this.#logger);
      for (const manifest of await this.#manifests(identity, names)) {
        await directory.removeCapture(manifest);
        this.#logger.info({ capture: manifest.request.name, uid: manifest.request.uid }, 'files of an earlier one-shot were kept long enough, and removed');
      }
      await directory.removeTemporaries();
      await rm(lock.path, { force: true });
    } catch (error) {
      this.#logger.warn({ identity, error: errorMessage(error) }, 'what an earlier one-shot left cannot be removed');
    }
  }

  /** Whether all that there is of a one-shot ended long enough ago. */
  async #isOver(identity: string, names: readonly string[]): Promise<boolean> {
    const manifests = await this.#manifests(identity, names);
    return manifests.length > 0 ? manifests.every((manifest) => this.#isOverAge(manifest)) : this.#isOldLock(identity);
  }

  #isOverAge({ state, segments, request }: CaptureManifest): boolean {
    const { clock, keepFilesFor } = this.#options;
    if (state.kind === 'closed') return elapsedSinceClosed(state, clock) >= keepFilesFor;
    // It died. Without a time limit nobody can say that it is not to be gone on with.
    const begun = segments.at(-1)?.started;
    const { seconds = Infinity } = request.limits;
    return begun !== undefined && elapsedSince(begun, clock) >= seconds * 1000 + keepFilesFor;
  }

  /** Of one that died before it had a manifest. */
  async #isOldLock(identity: string): Promise<boolean> {
    const { hostmount, clock, keepFilesFor } = this.#options;
    const found = await stat(nodeLockFile(hostmount, identity).path).catch(() => undefined);
    return found !== undefined && clock.now() - found.mtimeMs >= keepFilesFor;
  }

  /** Those that can be read. */
  async #manifests(identity: string, names: readonly string[]): Promise<CaptureManifest[]> {
    const manifests: CaptureManifest[] = [];
    for (const name of names.filter(isManifestFileName)) {
      const manifest = await readManifest(this.#options.hostmount, name, identity).catch(() => undefined);
      if (manifest?.source === ONE_SHOT_SOURCE) manifests.push(manifest);
    }
    return manifests;
  }
}
