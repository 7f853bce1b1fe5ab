import { type PcapHeader, RECORD_HEADER_BYTES } from './pcap-header.ts';

/** The most that libpcap ever captures of one packet (MAXIMUM_SNAPLEN); a record that claims more is none. */
const MAX_SNAP_LENGTH = 262_144;

/** Walks from record to record through the chunks of a file, looking at nothing but their headers. */
export class PcapWalk {
  packets = 0;
  /** Milliseconds since the Unix epoch. */
  firstPacketTime: number | undefined;
  lastPacketTime: number | undefined;
  /** Offset in the file behind the last whole record. */
  next: number;
  /** What lies at {@link PcapWalk.next} is no whole record. */
  broken = false;
  readonly #header: PcapHeader;

  constructor(header: PcapHeader, firstRecord: number) {
    this.#header = header;
    this.next = firstRecord;
  }

  /**
   * Goes through the records whose headers lie wholly within `chunk`, which begins at `start` in the file.
   * @param size of the file; a record that would end behind it is not whole.
   */
  advance(chunk: Buffer, start: number, size: number): void {
    const { littleEndian, ticksPerSecond, snapLength } = this.#header;
    const longest = Math.max(snapLength <= 0x7fffffff ? snapLength : 0, MAX_SNAP_LENGTH);
    const lastHeader = start + chunk.length - RECORD_HEADER_BYTES;
    while (this.next <= lastHeader) {
      const at = this.next - start;
      const seconds = littleEndian ? chunk.readUInt32LE(at) : chunk.readUInt32BE(at);
      const ticks = littleEndian ? chunk.readUInt32LE(at + 4) : chunk.readUInt32BE(at + 4);
      const length = littleEndian ? chunk.readUInt32LE(at + 8) : chunk.readUInt32BE(at + 8);
      // A file whose end was lost with the power has zeros there.
      const blank = seconds === 0 && ticks === 0 && length === 0;
      const end = this.next + RECORD_HEADER_BYTES + length;
      if (blank || length > longest || ticks >= ticksPerSecond || end > size) {
        this.broken = true;
        return;
      }
      const time = seconds * 1000 + (ticks * 1000) / ticksPerSecond;
      this.firstPacketTime ??= time;
      this.lastPacketTime = time;
      this.packets += 1;
      this.next = end;
    }
  }
}
