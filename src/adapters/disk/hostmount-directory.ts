import { createHash, randomUUID } from 'node:crypto';
import { lstat, readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { CaptureDirectory, FileInspection, LoadedManifests } from '../../core/capture-directory.ts';
import type { CaptureManifest } from '../../core/capture-manifest.ts';
import type { CaptureFile } from '../../core/capture-result.ts';
import { errorMessage, quote } from '../../core/errors/capture-error.ts';
import { askedOfLaterFileBase, isAskedFileBase, isFileNamePart, segmentOfFile } from '../../core/file-names.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { parseManifest } from '../../core/parse-manifest.ts';
import { createWhole, replaceDurably, syncFolder } from './durable-file.ts';
import { errorCode, hostmountFailure } from './hostmount-failure.ts';
import { AnotherNodesManifest, formatManifest, isAskedManifestName, isManifestFileName, manifestFileName, readManifest } from './manifest-file.ts';
import type { NodeLock } from './node-lock.ts';
import { setAside } from './set-aside.ts';

/** Looks into a pcap file, and repairs its end. */
export type InspectFile = (path: string) => Promise<Omit<FileInspection, 'name'>>;

/**
 * The captures of one node in a hostmount: the manifests and files that bear its name, and those of captures of this node
 * that have a name they asked for. Touches nothing else.
 */
export class HostmountDirectory implements CaptureDirectory {
  readonly path: string;
  readonly #node: string;
  readonly #inspect: InspectFile;
  readonly #logger: Logger;
  readonly #lock: Pick<NodeLock, 'verify'> | undefined;
  /** The segments of captures that have a name they asked for, by their ids: such a name does not tell whose it is. */
  readonly #asked = new Map<string, readonly string[]>();
  /** The last write of each manifest, so that an earlier one cannot overtake a later one. */
  readonly #writes = new Map<string, Promise<unknown>>();

  /**
   * @param path of a folder that exists; this process holds the lock of `node` in it.
   * @param lock made sure of before anything is written or removed.
   */
  constructor(path: string, node: string, inspect: InspectFile, logger: Logger = silentLogger, lock?: Pick<NodeLock, 'verify'>) {
    this.path = path;
    this.#node = node;
    this.#inspect = inspect;
    this.#logger = logger;
    this.#lock = lock;
  }

  createManifest(manifest: CaptureManifest): Promise<boolean> {
    return this.#write(manifest, async (path, content) => {
      // tcpdump would write over files that were left under this name, and follow links.
      const names = new Set<string | undefined>(manifest.segments.map(({ file }) => file));
      const isTaken = (await readdir(this.path)).some((name) => names.has(segmentOfFile(name)));
      const isCreated = !isTaken && (await createWhole(path, this.#temporary(), content));
      if (isCreated) this.#remember(manifest);
      return isCreated;
    });
  }

  async saveManifest(manifest: CaptureManifest): Promise<void> {
    await this.#write(manifest, async (path, content) => {
      await replaceDurably(path, this.#temporary(), content);
      this.#remember(manifest);
    });
  }

  async loadManifests(): Promise<LoadedManifests> {
    return this.#explained(async () => {
      const manifests: CaptureManifest[] = [];
      const aside: string[] = [];
      for (const name of await readdir(this.path)) {
        // The name alone does not tell: node "a" with capture "b.c" and node "a.b" with capture "c" look the same.
        if (!isManifestFileName(name) || !(name.startsWith(`${this.#node}.`) || isAskedManifestName(name))) continue;
        try {
          const manifest = await readManifest(this.path, name, this.#node);
          this.#remember(manifest);
          manifests.push(manifest);
        } catch (error) {
          if (error instanceof AnotherNodesManifest || errorCode(error) === 'ENOENT') continue;
          if (!isFilesOwnFault(error)) throw error;
          // Somebody else's file, for all that its name tells, unless captured files lie beside it.
          if (isAskedManifestName(name) && (await this.#filesOf(name.replace(/json$/, 'pcap'))).length === 0) continue;
          const newName = await setAside(join(this.path, name));
          this.#logger.error({ manifest: name, setAside: newName, error: errorMessage(error) }, 'a manifest cannot be read; it was set aside');
          aside.push(newName);
        }
      }
      return { manifests, setAside: aside };
    });
  }

  files(segmentFile: string): Promise<readonly CaptureFile[]> {
    // Whether a name is free is asked before anybody has it.
    if (!this.#isOurs(segmentFile) && !isAskedFile(segmentFile)) this.#refuse(segmentFile);
    return this.#explained(() => this.#filesOf(segmentFile));
  }

  inspect(file: string): Promise<FileInspection> {
    this.#checkName(file);
    return this.#explained(async () => {
      const stat = await lstat(join(this.path, file));
      if (!stat.isFile()) throw new Error(`${file} is not a regular file`);
      // 0 where the file system does not keep it (statx(2), STATX_BTIME).
      const createdAt = stat.birthtimeMs > 0 ? { createdAt: stat.birthtimeMs } : {};
      return { ...(await this.#inspect(join(this.path, file))), ...createdAt, name: file };
    });
  }

  removeFile(file: string): Promise<void> {
    this.#checkName(file);
    return this.#explained(async () => {
      await this.#lock?.verify();
      await this.#unlink(file);
      await syncFolder(this.path);
    });
  }

  removeCapture(manifest: CaptureManifest): Promise<void> {
    // A manifest that is not one of ours could name any file.
    const { id, segments } = this.#own(manifest);
    return this.#inOrder(id, async () => {
      if (isAskedFileBase(id) && !(await this.#isOnDisk(manifest))) return;
      for (const { file } of segments) for (const { name } of await this.#filesOf(file)) await this.#unlink(name);
      await syncFolder(this.path);
      await rm(join(this.path, manifestFileName(id)), { force: true });
      this.#asked.delete(id);
      await syncFolder(this.path);
    });
  }

  /** Removes what an earlier process of this node was about to write when it died. */
  async removeTemporaries(): Promise<void> {
    await this.#explained(async () => {
      const names = await readdir(this.path);
      await Promise.all(
        names.filter((name) => name.startsWith(this.#temporaryPrefix)).map((name) => rm(join(this.path, name), { force: true })),
      );
    });
  }

  #write<T>(manifest: CaptureManifest, write: (path: string, content: string) => Promise<T>): Promise<T> {
    const { id } = this.#own(manifest);
    const content = formatManifest(manifest);
    return this.#inOrder(id, () => write(join(this.path, manifestFileName(id)), content));
  }

  /** What cannot be read again must not be written. */
  #own(manifest: CaptureManifest): CaptureManifest {
    const parsed = parseManifest(JSON.parse(JSON.stringify(manifest)));
    if (parsed.node !== this.#node) throw new Error(`${quote(parsed.id)} is not a capture of node ${this.#node}`);
    return parsed;
  }

  #inOrder<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#writes.get(id) ?? Promise.resolve();
    const done = this.#explained(() => before.catch(() => undefined).then(() => this.#lock?.verify()).then(work));
    this.#writes.set(id, done);
    const forget = () => {
      if (this.#writes.get(id) === done) this.#writes.delete(id);
    };
    done.then(forget, forget);
    return done;
  }

  async #filesOf(segmentFile: string): Promise<readonly CaptureFile[]> {
    const files: (CaptureFile & { readonly written: number })[] = [];
    for (const name of await readdir(this.path)) {
      if (segmentOfFile(name) !== segmentFile) continue;
      const stat = await lstat(join(this.path, name)).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw error;
      });
      // Nothing but tcpdump's own files: a link under such a name leads elsewhere.
      if (stat?.isFile()) files.push({ name, bytes: stat.size, written: stat.mtimeMs });
    }
    return files.sort((a, b) => a.written - b.written || (a.name < b.name ? -1 : 1)).map(({ name, bytes }) => ({ name, bytes }));
  }

  async #unlink(file: string): Promise<void> {
    try {
      if (!(await lstat(join(this.path, file))).isFile()) return;
      await unlink(join(this.path, file));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }

  /** Names of this node's captures only, so that no path leaves the folder. */
  #checkName(file: string): void {
    if (!this.#isOurs(file)) this.#refuse(file);
  }

  #isOurs(file: string): boolean {
    const segment = segmentOfFile(file);
    if (segment === undefined) return false;
    return (isFileNamePart(segment) && segment.startsWith(`${this.#node}.`)) || [...this.#asked.values()].some((files) => files.includes(segment));
  }

  #refuse(file: string): never {
    throw new Error(`${quote(file)} is not a file of a capture of node ${this.#node}`);
  }

  #remember({ id, segments }: CaptureManifest): void {
    if (isAskedFileBase(id)) this.#asked.set(id, segments.map(({ file }) => file));
  }

  /** Whether a name that was asked for still is this capture's: once that is removed, anybody may have it, and its files. */
  async #isOnDisk({ id, node, request }: CaptureManifest): Promise<boolean> {
    try {
      const found = await readManifest(this.path, manifestFileName(id), node);
      return found.request.uid === request.uid;
    } catch (error) {
      if (error instanceof AnotherNodesManifest || errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  get #temporaryPrefix(): string {
    // A hash, since the name itself could make it too long.
    return `.pcapper-tmp-${createHash('sha256').update(this.#node).digest('hex').slice(0, 16)}-`;
  }

  #temporary(): string {
    return join(this.path, this.#temporaryPrefix + randomUUID());
  }

  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw hostmountFailure(this.path, error);
    }
  }
}

/** Whether a file is one of a capture that has a name it asked for, of whatever node. */
function isAskedFile(file: string): boolean {
  const base = segmentOfFile(file)?.replace(/\.pcap$/, '') ?? '';
  return isAskedFileBase(base) || askedOfLaterFileBase(base) !== undefined;
}

/** What the disk cannot give now, it may give later: only what was read, or can never be, is set aside. */
function isFilesOwnFault(error: unknown): boolean {
  const code = errorCode(error);
  // A symbolic link, a socket or a device (open(2)).
  return code === undefined || code === 'ELOOP' || code === 'ENXIO' || code === 'ENODEV';
}
