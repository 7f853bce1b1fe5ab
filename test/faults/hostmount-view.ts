import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a manifest of docs/design.md says, as far as a run needs it. */
interface Manifest {
  readonly request: { readonly uid: string };
  readonly segments: readonly { readonly file: string }[];
  readonly state: { readonly kind: string; readonly reported?: boolean };
}

/** A hostmount from outside. */
export class HostmountView {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  names(): string[] {
    return readdirSync(this.path);
  }

  /** The manifest of a capture; `undefined` when there is none, or none that can be read. */
  manifestOf(uid: string): Manifest | undefined {
    return this.#manifests().find((manifest) => manifest.request.uid === uid);
  }

  /** pcap files that the manifest of a capture names. */
  filesOf(uid: string): string[] {
    const segments = new Set(this.manifestOf(uid)?.segments.map(({ file }) => file));
    return this.pcapFiles().filter((name) => segments.has(name.replace(/\d+$/, '')));
  }

  pcapFiles(): string[] {
    return this.names().filter((name) => /\.pcap\d*$/.test(name));
  }

  /** pcap files under the name of a capture that no manifest of another one names. */
  filesNamed(node: string, name: string, uid: string): string[] {
    const others = new Set(this.#manifests().filter(({ request }) => request.uid !== uid).flatMap(({ segments }) => segments.map(({ file }) => file)));
    return this.pcapFiles().filter((file) => file.startsWith(`${node}.${name}.`) && !others.has(file.replace(/\d+$/, '')));
  }

  read(file: string): Uint8Array {
    return readFileSync(join(this.path, file));
  }

  /** What agents occupy there; bytes on disk. */
  occupied(): number {
    return this.names().filter((name) => /^(n[12]\.|\.pcapper)/.test(name)).reduce((sum, name) => {
      try {
        return sum + lstatSync(join(this.path, name)).blocks * 512;
      } catch {
        return sum;
      }
    }, 0);
  }

  /** uids in the ledger. */
  reservations(): string[] {
    const ledger = this.#json('.pcapper-ledger.json') as { entries?: { captureUid: string; node: string }[] } | undefined;
    return (ledger?.entries ?? []).map(({ captureUid, node }) => `${captureUid} of ${node}`);
  }

  #manifests(): Manifest[] {
    return this.names().filter((name) => /^[^.].*\.json$/.test(name)).map((name) => this.#json(name)).filter((json) => json !== undefined) as Manifest[];
  }

  #json(name: string): unknown {
    try {
      return JSON.parse(readFileSync(join(this.path, name), 'utf8')) as unknown;
    } catch {
      return undefined;
    }
  }
}
