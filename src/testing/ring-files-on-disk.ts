import type { FakeDisk, FakeFile } from './fake-disk.ts';
import type { OpenRingFile } from './pcap-ring.ts';

/** Opens a ring's files in memory. What does not fit on the disk is not written. */
export function ringFilesOnDisk(disk: FakeDisk, now: () => number): OpenRingFile {
  return (path, { headerBytes, exclusive }) => {
    const before = disk.get(path);
    if (before && exclusive) throw new Error(`${path}: File exists`);
    const write = (file: FakeFile) => {
      disk.put(path, file);
      return file;
    };
    // Emptied, it still is the file that was made then.
    let written = write({ bytes: headerBytes <= disk.free ? headerBytes : 0, packets: 0, repairedBytes: 0, createdAt: before?.createdAt ?? now() });
    return {
      append: ({ bytes, time }) => {
        if (bytes > disk.free) return false;
        // What was removed or replaced meanwhile stays so: tcpdump writes to a file without a name then.
        if (disk.get(path) !== written) return true;
        const { firstPacketTime = time } = written;
        written = write({ ...written, bytes: written.bytes + bytes, packets: written.packets + 1, firstPacketTime, lastPacketTime: time });
        return true;
      },
      close: () => undefined,
    };
  };
}
