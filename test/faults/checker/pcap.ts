/** A packet of a pcap file. */
export interface PcapPacket {
  /** Milliseconds since the Unix epoch, with fractions. */
  readonly at: number;
  readonly data: Uint8Array;
  readonly originalLength: number;
}

export interface PcapFile {
  readonly linkType: number;
  readonly packets: readonly PcapPacket[];
  /** What is wrong with it; absent when it parses to its last byte. */
  readonly fault?: string;
}

const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const MAGIC: Readonly<Record<number, { readonly little: boolean; readonly perMs: number }>> = {
  0xd4c3b2a1: { little: true, perMs: 1e3 },
  0xa1b2c3d4: { little: false, perMs: 1e3 },
  0x4d3cb2a1: { little: true, perMs: 1e6 },
  0xa1b23c4d: { little: false, perMs: 1e6 },
};

/** Reads a pcap file by draft-ietf-opsawg-pcap, as far as it goes. */
export function readPcap(bytes: Uint8Array): PcapFile {
  const none = { linkType: -1, packets: [] };
  if (bytes.length < HEADER_BYTES) return { ...none, fault: `has ${bytes.length} bytes, less than a header` };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = MAGIC[view.getUint32(0)];
  if (kind === undefined) return { ...none, fault: `begins with ${view.getUint32(0).toString(16)}, which is no pcap file` };
  const { little, perMs } = kind;
  const snapLength = view.getUint32(16, little);
  const linkType = view.getUint32(20, little) & 0xffff;
  const packets: PcapPacket[] = [];
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    const fault = (what: string): PcapFile => ({ linkType, packets, fault: `${what} at byte ${at} of ${bytes.length}, after ${packets.length} packets` });
    if (bytes.length - at < RECORD_BYTES) return fault('a cut record header');
    const length = view.getUint32(at + 8, little);
    const originalLength = view.getUint32(at + 12, little);
    if (length > snapLength || length > originalLength) return fault(`a record of ${length} bytes of a packet of ${originalLength}`);
    if (bytes.length - at - RECORD_BYTES < length) return fault('a cut packet');
    const time = view.getUint32(at, little) * 1000 + view.getUint32(at + 4, little) / perMs;
    packets.push({ at: time, data: bytes.subarray(at + RECORD_BYTES, at + RECORD_BYTES + length), originalLength });
    at += RECORD_BYTES + length;
  }
  return { linkType, packets };
}
