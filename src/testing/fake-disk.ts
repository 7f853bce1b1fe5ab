import type { FileInspection } from '../core/capture-directory.ts';
import { segmentOfFile } from '../core/file-names.ts';
import type { OpenRingFile } from './pcap-ring.ts';

/** A pcap file in memory: what it holds, without its bytes. */
export type FakeFile = Omit<FileInspection, 'name'>;

/** A disk in memory, which fakes share: what one writes, the others find. */
export class FakeDisk {
  /** Bytes. */
  readonly size: number;
  /** By path, the least recently written first. */
  readonly #files = new Map<string, FakeFile>();
  readonly #listeners = new Set<() => void>();
  #others = 0;

  /** @param size in bytes. Default: 1 PB. */
  constructor({ size = 1e15 }: { readonly size?: number } = {}) {
    this.size = size;
  }

  /** Paths of all files, the least recently written first. */
  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Bytes of all files. */
  get used(): number {
    return sum([...this.#files.values()]);
  }

  /** Bytes that nobody occupies. */
  get free(): number {
    return Math.max(0, this.size - this.used - this.#others);
  }

  /** What lies there, if anything does. */
  get(path: string): FakeFile | undefined {
    return this.#files.get(path);
  }

  /** Puts a file there, or replaces it: now it is the most recently written one. */
  put(path: string, file: FakeFile): void {
    this.#files.delete(path);
    this.#files.set(path, file);
    this.#tell();
  }

  /** Removes a file; one that is not there is no error. */
  remove(path: string): void {
    this.#files.delete(path);
    this.#tell();
  }

  /** Bytes of the files that were written for this `-w`, in whatever folder. */
  bytesOf(segmentFile: string): number {
    return sum([...this.#files].filter(([path]) => segmentOfFile(path.slice(path.lastIndexOf('/') + 1)) === segmentFile).map(([, file]) => file));
  }

  /** Others occupy that many bytes. Default: all that is free. */
  fill(bytes = this.#others + this.free): void {
    this.#others = bytes;
    this.#tell();
  }

  /** Calls `listener` whenever {@link FakeDisk.free} may be another. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** @internal Opens files for a `PcapRing`; what does not fit on the disk is not written. */
  opener(now: () => number): OpenRingFile {
    return (path, { headerBytes, exclusive }) => {
      const before = this.#files.get(path);
      if (before && exclusive) throw new Error(`${path}: File exists`);
      let inode = this.#begin(path, { bytes: headerBytes <= this.free ? headerBytes : 0, packets: 0, repairedBytes: 0, createdAt: before?.createdAt ?? now() });
      return {
        append: ({ bytes, time }) => {
          if (bytes > this.free) return false;
          // What was removed or begun anew by another is written to no more: an unlinked file.
          if (this.#files.get(path) === inode) inode = this.#begin(path, { ...inode, firstPacketTime: inode.firstPacketTime ?? time, bytes: inode.bytes + bytes, packets: inode.packets + 1, lastPacketTime: time });
          return true;
        },
        close: () => undefined,
      };
    };
  }

  #begin(path: string, file: FakeFile): FakeFile {
    this.put(path, file);
    return file;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function sum(files: readonly FakeFile[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}
