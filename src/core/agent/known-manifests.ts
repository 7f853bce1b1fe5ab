import type { CaptureManifest } from '../capture-manifest.ts';
import { isCaptureFileBase } from '../file-names.ts';

/** What follows a capture's id in the name that its manifest is set aside by. */
const SET_ASIDE = /\.json\.unreadable-\d+$/;

/** Manifests of captures that are not worked on: ended ones, and those of an earlier agent. */
export class KnownManifests {
  readonly #identity: string;
  readonly #byUid = new Map<string, CaptureManifest>();
  /** File names of those that could not be read at the start. */
  readonly #unreadable = new Set<string>();

  /** @param identity of the engine */
  constructor(identity: string) {
    this.#identity = identity;
  }

  uids(): Iterable<string> {
    return this.#byUid.keys();
  }

  get(uid: string): CaptureManifest | undefined {
    return this.#byUid.get(uid);
  }

  /** An open manifest matters more than a closed one of the same uid, a later more than an earlier. */
  add(manifest: CaptureManifest): void {
    const { uid } = manifest.request;
    const known = this.#byUid.get(uid);
    const outranked = known && known.id !== manifest.id && (known.state.kind === 'open' || known.id > manifest.id);
    if (!outranked) this.#byUid.set(uid, manifest);
  }

  delete(uid: string): void {
    this.#byUid.delete(uid);
  }

  addUnreadable(fileName: string): void {
    this.#unreadable.add(fileName);
  }

  /** An unreadable manifest of a capture of that name, or with a name that it asks for, if there is one. */
  unreadableOf(name: string, asked: readonly string[] = []): string | undefined {
    return [...this.#unreadable].find((fileName) => {
      const base = fileName.replace(SET_ASIDE, '');
      return asked.includes(base) || isCaptureFileBase(base, this.#identity, name);
    });
  }

  /** It was told, or is that of an earlier capture of the same name. */
  forgetUnreadable(fileName: string): void {
    this.#unreadable.delete(fileName);
  }
}
