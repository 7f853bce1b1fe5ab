import type { FileInspection } from '../core/capture-directory.ts';
import { segmentOfFile } from '../core/file-names.ts';

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

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function sum(files: readonly FakeFile[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}
