import { describe, expect, it } from 'vitest';
import { judgeSegment } from '../../../src/core/engine/segment-verdict.ts';

const file = (index: number, packets: number, bytes: number, firstPacketTime?: number, repairedBytes = 0) => ({
  name: `x.pcap${index}`,
  packets,
  bytes,
  repairedBytes,
  ...(firstPacketTime !== undefined && { firstPacketTime }),
});
const counted = (captured: number) => ({ captured, received: captured, dropped: 0 });
const ring = { fileCount: 3, maxFileSize: 1000 };

describe('judgeSegment', () => {
  it('finds nothing wrong when the files hold what was captured', () => {
    const files = [file(0, 10, 1000, 1), file(1, 5, 400, 2)];
    expect(judgeSegment({ ...ring, counters: counted(15), files })).toEqual({ counters: counted(15), wrapped: false });
  });

  it('tells a wrap from a loss: every file was full', () => {
    const files = [file(0, 10, 1000, 7), file(1, 2, 200, 9), file(2, 10, 1000, 4)];
    expect(judgeSegment({ ...ring, counters: counted(100), files })).toEqual({ counters: counted(100), wrapped: true });
  });

  it('finds packets that were not written when the ring never was full', () => {
    const files = [file(0, 10, 1000, 1), file(1, 2, 200, 2)];
    expect(judgeSegment({ ...ring, counters: counted(100), files }).notWritten).toEqual({ captured: 100, inFiles: 12 });
  });

  it('finds packets that were not written when a record is cut although tcpdump ended by itself', () => {
    const files = [file(0, 10, 1000, 7), file(1, 2, 200, 9, 33), file(2, 10, 1000, 4)];
    expect(judgeSegment({ ...ring, counters: counted(100), files })).toMatchObject({ wrapped: true, notWritten: { captured: 100, inFiles: 22 } });
  });

  it('does not take a disk that was filled for a ring that has wrapped: its files are in the order in which they were begun', () => {
    const files = [file(0, 10, 1000, 4), file(1, 10, 1000, 7), file(2, 2, 200, 9)];
    expect(judgeSegment({ ...ring, counters: counted(100), files, diskFilled: true })).toEqual({ counters: counted(100), wrapped: false, notWritten: { captured: 100, inFiles: 22 } });
    expect(judgeSegment({ ...ring, counters: counted(100), files })).toMatchObject({ wrapped: true });
    const wrapped = [file(0, 10, 1000, 7), file(1, 2, 200, 9), file(2, 10, 1000, 4)];
    expect(judgeSegment({ ...ring, counters: counted(100), files: wrapped, diskFilled: true })).toMatchObject({ wrapped: true });
  });

  it('finds packets that were not written when no file was', () => {
    expect(judgeSegment({ ...ring, counters: counted(3), files: [] }).notWritten).toEqual({ captured: 3, inFiles: 0 });
  });

  it('goes by the files when tcpdump was killed, and sees a wrap by the order of their first packets', () => {
    const unwrapped = [file(0, 10, 1000, 1), file(1, 3, 300, 2, 12)];
    expect(judgeSegment({ ...ring, counters: undefined, files: unwrapped })).toEqual({ counters: counted(13), wrapped: false });
    const wrapped = [file(0, 10, 1000, 8), file(1, 3, 300, 9, 12), file(2, 10, 1000, 4)];
    expect(judgeSegment({ ...ring, counters: undefined, files: wrapped })).toEqual({ counters: counted(23), wrapped: true });
  });

  it('sees a wrap that has come round to the order again: a file that is older than its first packet was begun anew', () => {
    const at = (index: number, start: number, createdAt: number) => ({ ...file(index, 10, 1000, start, start + 500), createdAt });
    const first = [at(0, 1_000, 900), at(1, 2_000, 2_600), at(2, 3_000, 3_001)];
    expect(judgeSegment({ ...ring, counters: undefined, files: first }).wrapped).toBe(false);
    const second = [at(0, 4_000, 900), at(1, 5_000, 2_600), at(2, 6_000, 3_001)];
    expect(judgeSegment({ ...ring, counters: undefined, files: second }).wrapped).toBe(true);
  });
});
