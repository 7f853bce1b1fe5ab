export interface PcapBytesOptions {
  readonly bigEndian?: boolean;
  readonly nanoseconds?: boolean;
  readonly snapLength?: number;
}

/** Bytes of a pcap file, put together by hand from pcap-savefile(5). */
export class PcapBytes {
  readonly #options: PcapBytesOptions;

  constructor(options: PcapBytesOptions = {}) {
    this.#options = options;
  }

  header(): Buffer {
    const header = Buffer.alloc(24);
    this.#write(header, 0, this.#options.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
    if (this.#options.bigEndian) header.writeUInt32BE(0x00020004, 4);
    else header.writeUInt32LE(0x00040002, 4);
    this.#write(header, 16, this.#options.snapLength ?? 262_144);
    this.#write(header, 20, 1);
    return header;
  }

  /** @param ticks microseconds or nanoseconds */
  record(seconds: number, ticks: number, length: number): Buffer {
    const record = Buffer.alloc(16 + length, 0xee);
    this.#write(record, 0, seconds);
    this.#write(record, 4, ticks);
    this.#write(record, 8, length);
    this.#write(record, 12, length);
    return record;
  }

  #write(buffer: Buffer, at: number, value: number): void {
    if (this.#options.bigEndian) buffer.writeUInt32BE(value, at);
    else buffer.writeUInt32LE(value, at);
  }
}
