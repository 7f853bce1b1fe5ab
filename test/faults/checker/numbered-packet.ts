import type { PcapFile, PcapPacket } from './pcap.ts';

/** Begins the payload of every packet that a sender of these tests sends; sender and number follow, 32 bits each. */
export const MARK = Buffer.from('pcapper#');
export const LEAST_PAYLOAD = MARK.length + 8;

/** Which packet of which sender this is. */
export interface NumberedPacket {
  readonly sender: number;
  readonly number: number;
  readonly at: number;
}

/** Bytes ahead of the IP header: Ethernet (1) and LINUX_SLL2 (276) of the link-layer header types of tcpdump.org. */
const LINK_HEADER: Readonly<Record<number, number>> = { 1: 14, 276: 20 };
const UDP = 17;

/** The numbered packets of a file; whatever else it holds (ARP, ICMP) is none. */
export function numberedPackets({ linkType, packets }: PcapFile): NumberedPacket[] {
  return packets.map((packet) => numbered(packet, linkType)).filter((packet) => packet !== undefined);
}

function numbered({ at, data }: PcapPacket, linkType: number): NumberedPacket | undefined {
  const ip = LINK_HEADER[linkType];
  const version = ip === undefined ? undefined : data[ip];
  if (ip === undefined || version === undefined || version >> 4 !== 4 || data[ip + 9] !== UDP) return undefined;
  const payload = ip + (version & 15) * 4 + 8;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length < payload + LEAST_PAYLOAD || !bytes.subarray(payload, payload + MARK.length).equals(MARK)) return undefined;
  return { at, sender: bytes.readUInt32BE(payload + MARK.length), number: bytes.readUInt32BE(payload + MARK.length + 4) };
}
