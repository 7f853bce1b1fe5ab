import type { CaptureDirectory, FileInspection, LoadedManifests } from '../core/capture-directory.ts';
import type { CaptureManifest } from '../core/capture-manifest.ts';
import type { CaptureFile } from '../core/capture-result.ts';
import { segmentOfFile } from '../core/file-names.ts';
import { parseManifest } from '../core/parse-manifest.ts';
import { FakeDisk } from './fake-disk.ts';

/** A capture directory in memory. Manifests are kept as JSON, as on disk, so that one that could not be read again fails. */
export class FakeCaptureDirectory implements CaptureDirectory {
  /** Absolute path that it plays; nothing lies there. */
  readonly path: string;
  /** Where its pcap files lie. */
  readonly disk: FakeDisk;
  /** While set, every call is rejected with it. */
  failure: Error | undefined;
  readonly #manifests = new Map<string, string>();
  #aside = 0;

  constructor(path = '/hostmount', disk = new FakeDisk()) {
    this.path = path;
    this.disk = disk;
  }

  /** Names of all files, manifests included, in order. */
  get names(): readonly string[] {
    return [...this.#manifests.keys(), ...this.#all.map(({ name }) => name)].sort();
  }

  /** Puts a pcap file there, or replaces it: now it is the most recently written one. */
  put(file: FileInspection): void {
    if (segmentOfFile(file.name) === undefined) throw new Error(`${file.name} is not a name that tcpdump gives`);
    const { name, ...held } = file;
    this.disk.put(this.#pathOf(name), held);
  }

  /** Spoils a manifest, as a broken disk does. */
  spoil(id: string): void {
    this.#manifests.set(`${id}.json`, '{');
  }

  /** The manifest as it was last written. */
  manifest(id: string): CaptureManifest | undefined {
    const json = this.#manifests.get(`${id}.json`);
    return json === undefined ? undefined : parseManifest(JSON.parse(json));
  }

  /** False, too, when files of its segments lie there. @throws {@link FakeCaptureDirectory.failure} */
  async createManifest(manifest: CaptureManifest): Promise<boolean> {
    await this.#work();
    const taken = manifest.segments.some(({ file }) => this.#filesOf(file).length > 0);
    if (taken || this.#manifests.has(`${manifest.id}.json`)) return false;
    this.#store(manifest);
    return true;
  }

  /** Refuses a manifest that could not be read again. @throws {@link FakeCaptureDirectory.failure} */
  async saveManifest(manifest: CaptureManifest): Promise<void> {
    await this.#work();
    this.#store(manifest);
  }

  /** Sets aside what {@link FakeCaptureDirectory.spoil} has spoiled. @throws {@link FakeCaptureDirectory.failure} */
  async loadManifests(): Promise<LoadedManifests> {
    await this.#work();
    const manifests: CaptureManifest[] = [];
    const setAside: string[] = [];
    for (const [name, json] of [...this.#manifests]) {
      if (!name.endsWith('.json')) continue;
      try {
        manifests.push(parseManifest(JSON.parse(json)));
      } catch {
        const aside = `${name}.unreadable-${(this.#aside += 1)}`;
        this.#manifests.delete(name);
        this.#manifests.set(aside, json);
        setAside.push(aside);
      }
    }
    return { manifests, setAside };
  }

  /** By the disk, as sizes are there at present. @throws {@link FakeCaptureDirectory.failure} */
  async files(segmentFile: string): Promise<readonly CaptureFile[]> {
    await this.#work();
    return this.#filesOf(segmentFile).map(({ name, bytes }) => ({ name, bytes }));
  }

  /** What was put there: nothing is repaired. @throws {@link FakeCaptureDirectory.failure}, or Error when there is no such file */
  async inspect(file: string): Promise<FileInspection> {
    await this.#work();
    const found = this.disk.get(this.#pathOf(file));
    if (!found) throw new Error(`there is no file ${file}`);
    return { name: file, ...found };
  }

  /** Removes a file of a capture; one that is not there is no error. */
  async removeFile(file: string): Promise<void> {
    await this.#work();
    this.disk.remove(this.#pathOf(file));
  }

  /** Removes them at once. @throws {@link FakeCaptureDirectory.failure} */
  async removeCapture({ id, segments }: CaptureManifest): Promise<void> {
    await this.#work();
    for (const { file } of segments) for (const { name } of this.#filesOf(file)) this.disk.remove(this.#pathOf(name));
    this.#manifests.delete(`${id}.json`);
  }

  #filesOf(segmentFile: string): readonly FileInspection[] {
    return this.#all.filter(({ name }) => segmentOfFile(name) === segmentFile);
  }

  get #all(): readonly FileInspection[] {
    const folder = this.#pathOf('');
    return this.disk.paths.flatMap((path) => {
      const file = path.startsWith(folder) && this.disk.get(path);
      return file ? [{ name: path.slice(folder.length), ...file }] : [];
    });
  }

  #pathOf(name: string): string {
    return `${this.path}/${name}`;
  }

  #store(manifest: CaptureManifest): void {
    const json = JSON.stringify(manifest);
    parseManifest(JSON.parse(json));
    this.#manifests.set(`${manifest.id}.json`, json);
  }

  #work(): Promise<void> {
    return this.failure ? Promise.reject(this.failure) : Promise.resolve();
  }
}
