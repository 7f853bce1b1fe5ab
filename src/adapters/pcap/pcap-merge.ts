import type { MergeFile, MergePlan, MergePosition } from './merge-plan.ts';
import { FILE_HEADER_BYTES } from './pcap-header.ts';
import { PcapWalk } from './pcap-walk.ts';

/** A file does not begin with what it began with when the merge was planned. */
export class FileBeginsAnew extends Error {
  readonly fileName: string;

  constructor(fileName: string) {
    super(`${fileName} begins with other bytes than before`);
    this.fileName = fileName;
  }
}

/**
 * Makes one pcap file of the bytes of several, as they arrive: passes on their records, leaves out their headers and
 * what follows the last whole record of each. Holds back at most a record's header.
 */
export class PcapMerge {
  /** Packets passed on. */
  packets = 0;
  /** Bytes of files that were taken, of those which turned out not to be whole to their end. */
  readonly taken = new Map<string, number>();
  readonly #plan: MergePlan;
  #file: number;
  #offset: number;
  #walk: PcapWalk | undefined;
  #held: Buffer = Buffer.alloc(0);

  /** @param from where a record begins, or a file. */
  constructor(plan: MergePlan, from: MergePosition = { file: 0, offset: 0 }) {
    this.#plan = plan;
    this.#file = from.file;
    this.#offset = from.offset;
    if (from.offset > 0) this.#walk = new PcapWalk(plan.format, from.offset);
  }

  /** The next byte that it takes. */
  get position(): MergePosition {
    return { file: this.#file, offset: this.#offset };
  }

  get done(): boolean {
    return this.#file >= this.#plan.files.length;
  }

  /**
   * Takes the next bytes of the files, one after the other as they are in the plan.
   * @param pass called with the next bytes of the merged file
   * @returns how many bytes it took: all, unless it is {@link PcapMerge.done}
   * @throws FileBeginsAnew
   */
  push(chunk: Buffer, pass: (bytes: Buffer) => void): number {
    let at = 0;
    for (let file = this.#present; file !== undefined && at < chunk.length; file = this.#present) {
      const piece = chunk.subarray(at, at + file.bytes - this.#offset);
      this.#checkHead(file, piece);
      const records = piece.subarray(Math.max(0, FILE_HEADER_BYTES - this.#offset));
      const from = Math.max(this.#offset, FILE_HEADER_BYTES);
      this.#offset += piece.length;
      at += piece.length;
      if (records.length > 0) this.#pass(file, records, from, pass);
      if (this.#offset === file.bytes) this.#next(file);
    }
    return at;
  }

  get #present(): MergeFile | undefined {
    return this.#plan.files[this.#file];
  }

  #checkHead({ name, head }: MergeFile, piece: Buffer): void {
    const expected = head.subarray(this.#offset, this.#offset + piece.length);
    if (!expected.equals(piece.subarray(0, expected.length))) throw new FileBeginsAnew(name);
  }

  #pass(file: MergeFile, records: Buffer, from: number, pass: (bytes: Buffer) => void): void {
    const walk = (this.#walk ??= new PcapWalk(this.#plan.format, FILE_HEADER_BYTES));
    const isOver: boolean = walk.broken;
    if (isOver) return;
    const bytes = this.#held.length === 0 ? records : Buffer.concat([this.#held, records]);
    const start = from - this.#held.length;
    const before = walk.packets;
    walk.advance(bytes, start, file.bytes);
    this.packets += walk.packets - before;
    // Up to the end of the last whole record that has begun: it may lie behind these bytes.
    const whole = Math.min(bytes.length, Math.max(0, walk.next - start));
    this.#held = walk.broken ? Buffer.alloc(0) : bytes.subarray(whole);
    if (whole > 0) pass(bytes.subarray(0, whole));
  }

  #next(file: MergeFile): void {
    const end = this.#walk?.next ?? FILE_HEADER_BYTES;
    if (end < file.bytes) this.taken.set(file.name, end);
    this.#walk = undefined;
    this.#held = Buffer.alloc(0);
    this.#file += 1;
    this.#offset = 0;
  }
}
