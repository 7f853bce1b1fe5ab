import { closeSync, openSync, writeSync } from 'node:fs';
import type { LinkType } from '../core/interface-resolver.ts';

/** Numbers of the link types in a file (pcap-linktype(7)). */
const LINK_TYPE_NUMBERS: Readonly<Record<LinkType, number>> = { EN10MB: 1, RAW: 101, LINUX_SLL2: 276 };

/** Of the file's header, and of a record's (pcap-savefile(5)). */
const HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

export interface PcapRingOptions {
  /** As given to tcpdump's `-w`. */
  readonly path: string;
  readonly fileCount: number;
  /** Bytes. */
  readonly maxFileSize: number;
  readonly snapLength: number;
  readonly linkType: LinkType;
}

/** A record of a pcap file. */
export interface RingRecord {
  /** Bytes of it, with its header. */
  readonly bytes: number;
  /** Bytes of the packet on the wire. */
  readonly length: number;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
}

/** A file that is open for a {@link PcapRing}. */
export interface RingFile {
  /** @returns whether there was room for it. */
  append(record: RingRecord): boolean;
  close(): void;
}

/** Makes or empties a file. @throws when `exclusive` and it exists */
export type OpenRingFile = (path: string, how: { readonly exclusive: boolean; readonly headerBytes: number }) => RingFile;

/** Files of the names, sizes and wraps that tcpdump's `-C` and `-W` make. */
export class PcapRing {
  readonly #options: PcapRingOptions;
  readonly #openFile: OpenRingFile;
  #file: RingFile;
  #index = 0;
  #bytes = HEADER_BYTES;

  /**
   * Creates the first file.
   * @param open where the files lie. Default: real ones.
   * @throws when it exists
   */
  constructor(options: PcapRingOptions, open: OpenRingFile = realFiles(options)) {
    this.#options = options;
    this.#openFile = open;
    this.#file = this.#open(true);
  }

  /** Appends a packet of that many bytes, captured at `time` (milliseconds since the Unix epoch). */
  write(length: number, time: number): void {
    if (this.#bytes > this.#options.maxFileSize) this.#turn();
    const bytes = RECORD_HEADER_BYTES + Math.min(length, this.#options.snapLength);
    if (this.#file.append({ bytes, length, time })) this.#bytes += bytes;
  }

  close(): void {
    this.#file.close();
  }

  #turn(): void {
    this.#file.close();
    this.#index = (this.#index + 1) % this.#options.fileCount;
    this.#file = this.#open(false);
    this.#bytes = HEADER_BYTES;
  }

  #open(exclusive: boolean): RingFile {
    const { path, fileCount } = this.#options;
    const suffix = fileCount === 1 ? '' : String(this.#index).padStart(String(fileCount - 1).length, '0');
    return this.#openFile(path + suffix, { exclusive, headerBytes: HEADER_BYTES });
  }
}

function realFiles({ snapLength, linkType }: Pick<PcapRingOptions, 'snapLength' | 'linkType'>): OpenRingFile {
  return (path, { exclusive }) => {
    const file = openSync(path, exclusive ? 'wx' : 'w', 0o600);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(snapLength, 16);
    header.writeUInt32LE(LINK_TYPE_NUMBERS[linkType], 20);
    writeSync(file, header);
    return {
      append({ bytes, length, time }) {
        const record = Buffer.alloc(bytes);
        record.writeUInt32LE(Math.floor(time / 1000), 0);
        record.writeUInt32LE(Math.floor((time % 1000) * 1000), 4);
        record.writeUInt32LE(bytes - RECORD_HEADER_BYTES, 8);
        record.writeUInt32LE(length, 12);
        return writeSync(file, record) === bytes;
      },
      close: () => closeSync(file),
    };
  };
}
