import type { LocalParts } from './local-parts.ts';

/** A larger disk over a folder of a node, until disposed: Pods that start meanwhile have it. Of this machine it takes what is written to it. */
export class RoomyDisk implements AsyncDisposable {
  readonly #parts: LocalParts;
  readonly #node: string;
  readonly #path: string;
  readonly #file: string;

  /** @param size as truncate(1) takes it: `40G`. */
  static async mount(parts: LocalParts, node: string, path: string, size: string): Promise<RoomyDisk> {
    const disk = new RoomyDisk(parts, node, path);
    await parts.onNode(node, 'truncate', '--size', size, disk.#file);
    await parts.onNode(node, 'mkfs.ext4', '-q', '-m', '0', '-O', '^has_journal', '-i', '4194304', disk.#file);
    await parts.onNode(node, 'mkdir', '-p', path);
    await parts.onNode(node, 'mount', '-o', 'loop', disk.#file, path);
    await parts.onNode(node, 'rmdir', `${path}/lost+found`);
    return disk;
  }

  private constructor(parts: LocalParts, node: string, path: string) {
    this.#parts = parts;
    this.#node = node;
    this.#path = path;
    this.#file = parts.file(node, `roomy${path.replaceAll('/', '-')}.ext4`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.onNode(this.#node, 'umount', this.#path);
    await this.#parts.onNode(this.#node, 'rm', this.#file);
  }
}
