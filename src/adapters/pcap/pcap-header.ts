/** Bytes of a file header and of a record header (pcap-savefile(5)). */
export const FILE_HEADER_BYTES = 24;
export const RECORD_HEADER_BYTES = 16;

/** What the header of a pcap file says about the records that follow. */
export interface PcapHeader {
  readonly littleEndian: boolean;
  /** Parts of a second that the second field of a record's time counts. */
  readonly ticksPerSecond: number;
  /** Bytes kept of each packet at most. */
  readonly snapLength: number;
  /** What each packet begins with (pcap-linktype(7)). */
  readonly linkType: number;
}

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;

/** Reads the header of a pcap file, in either byte order (pcap-savefile(5)), or `undefined` when it is none. */
export function readPcapHeader(bytes: Buffer): PcapHeader | undefined {
  for (const littleEndian of [true, false]) {
    const uint32 = (at: number) => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
    const magic = uint32(0);
    if (magic !== MAGIC_MICROSECONDS && magic !== MAGIC_NANOSECONDS) continue;
    return { littleEndian, ticksPerSecond: magic === MAGIC_NANOSECONDS ? 1e9 : 1e6, snapLength: uint32(16), linkType: uint32(20) };
  }
  return undefined;
}
