import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { FileInspection } from '../../core/capture-directory.ts';
import { PcapFileInvalidError } from '../../core/errors/tcpdump-errors.ts';
import { FILE_HEADER_BYTES, readPcapHeader, RECORD_HEADER_BYTES } from './pcap-header.ts';
import { PcapWalk } from './pcap-walk.ts';

/** Large enough that reading, not calling, is what takes the time; the walk through one chunk takes about a millisecond. */
const CHUNK_BYTES = 1024 * 1024;

/** What a pcap file holds; its name is its caller's. */
export type PcapInspection = Omit<FileInspection, 'name'>;

/**
 * Reads the record headers of a pcap file (pcap-savefile(5)) that nobody writes any more. What follows the last whole
 * record is cut off: a record that was being written when tcpdump was killed or the disk was full. Uses 1 MiB of memory
 * whatever the file's size, and lets the event loop run after each chunk.
 * @throws PcapFileInvalidError when it is not a pcap file; then it is left as it is
 */
export async function inspectPcapFile(path: string): Promise<PcapInspection> {
  const found = await readPcapFile(path);
  if (found.repairedBytes > 0) {
    await using file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    await file.truncate(found.bytes);
    await file.sync();
  }
  return found;
}

/** As {@link inspectPcapFile}, of a file that somebody may write: it is left as it is, and the bytes to cut off are only told. */
export async function readPcapFile(path: string): Promise<PcapInspection> {
  // For reading alone, so that what is whole can be looked into on a disk that has become read-only.
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const { size } = await file.stat();
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(size, FILE_HEADER_BYTES)));
  if (size < FILE_HEADER_BYTES) return { bytes: 0, repairedBytes: size, packets: 0 };
  let filled = await fill(file, chunk, 0);
  const header = readPcapHeader(chunk);
  if (!header) throw new PcapFileInvalidError(path, `it begins with ${chunk.toString('hex', 0, 4)}`);

  const walk = new PcapWalk(header, FILE_HEADER_BYTES);
  walk.advance(chunk.subarray(0, filled), 0, size);
  while (!walk.broken && walk.next + RECORD_HEADER_BYTES <= size) {
    const start = walk.next;
    filled = await fill(file, chunk, start);
    if (filled < RECORD_HEADER_BYTES) break;
    walk.advance(chunk.subarray(0, filled), start, size);
  }
  const { packets, firstPacketTime, lastPacketTime } = walk;
  return {
    bytes: walk.next,
    repairedBytes: size - walk.next,
    packets,
    ...(firstPacketTime !== undefined && { firstPacketTime }),
    ...(lastPacketTime !== undefined && { lastPacketTime }),
  };
}

/** Reads from `position` until the buffer is full or the file ends. */
async function fill(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
