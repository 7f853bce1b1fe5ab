import type { LocalParts } from './local-parts.ts';

/**
 * A larger disk over the hostmount of a node, until disposed: agents that start meanwhile have it. Of this machine it
 * takes what is written to it.
 */
export class RoomyHostmount implements AsyncDisposable {
  readonly #parts: LocalParts;
  readonly #node: string;
  readonly #file: string;

  /** @param size as truncate(1) takes it: `40G`. */
  static async mount(parts: LocalParts, node: string, size: string): Promise<RoomyHostmount> {
    const disk = new RoomyHostmount(parts, node);
    await parts.onNode(node, 'truncate', '--size', size, disk.#file);
    await parts.onNode(node, 'mkfs.ext4', '-q', '-m', '0', '-O', '^has_journal', '-i', '4194304', disk.#file);
    await parts.onNode(node, 'mount', '-o', 'loop', disk.#file, '/hostmount');
    return disk;
  }

  private constructor(parts: LocalParts, node: string) {
    this.#parts = parts;
    this.#node = node;
    this.#file = parts.file(node, 'roomy-hostmount.ext4');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.onNode(this.#node, 'umount', '/hostmount');
    await this.#parts.onNode(this.#node, 'rm', this.#file);
  }
}
