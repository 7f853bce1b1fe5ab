import { closeSync, openSync, writeSync } from 'node:fs';
import type { LinkType } from '../core/interface-resolver.ts';

/** Numbers of the link types in a file (pcap-linktype(7)). */
const LINK_TYPE_NUMBERS: Readonly<Record<LinkType, number>> = { EN10MB: 1, RAW: 101, LINUX_SLL2: 276 };

export interface PcapRingOptions {
  /** As given to tcpdump's `-w`. */
  readonly path: string;
  readonly fileCount: number;
  /** Bytes. */
  readonly maxFileSize: number;
  readonly snapLength: number;
  readonly linkType: LinkType;
}

/** Real pcap files, written as tcpdump's `-C` and `-W` do: names, sizes and wraps. */
export class PcapRing {
  readonly #options: PcapRingOptions;
  #file: number;
  #index = 0;
  #bytes = 0;

  /** Creates the first file. @throws when it exists */
  constructor(options: PcapRingOptions) {
    this.#options = options;
    this.#file = this.#open('wx');
  }

  /** Appends a packet of that many bytes, captured at `time` (milliseconds since the Unix epoch). */
  write(bytes: number, time: number): void {
    if (this.#bytes > this.#options.maxFileSize) this.#turn();
    const kept = Math.min(bytes, this.#options.snapLength);
    const record = Buffer.alloc(16 + kept);
    record.writeUInt32LE(Math.floor(time / 1000), 0);
    record.writeUInt32LE(Math.floor((time % 1000) * 1000), 4);
    record.writeUInt32LE(kept, 8);
    record.writeUInt32LE(bytes, 12);
    this.#bytes += writeSync(this.#file, record);
  }

  close(): void {
    closeSync(this.#file);
  }

  #turn(): void {
    closeSync(this.#file);
    this.#index = (this.#index + 1) % this.#options.fileCount;
    this.#file = this.#open('w');
  }

  #open(flags: string): number {
    const { path, fileCount, snapLength, linkType } = this.#options;
    const suffix = fileCount === 1 ? '' : String(this.#index).padStart(String(fileCount - 1).length, '0');
    const file = openSync(path + suffix, flags, 0o600);
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(snapLength, 16);
    header.writeUInt32LE(LINK_TYPE_NUMBERS[linkType], 20);
    this.#bytes = writeSync(file, header);
    return file;
  }
}
