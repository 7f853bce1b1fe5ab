import { describe, expect, it } from 'vitest';
import type { FileInspection } from '../../../src/core/capture-directory.ts';
import { type CaptureLimits, DEFAULT_LIMITS, MEGABYTE, ringBytes, rotationSize } from '../../../src/core/capture-request.ts';
import { ringForNextSegment } from '../../../src/core/engine/segment-ring.ts';

const PACKET = 16 + DEFAULT_LIMITS.snapLength;

function file(name: string, bytes: number, firstPacketTime: number): FileInspection {
  return { name, bytes, packets: 1, firstPacketTime, repairedBytes: 0 };
}

describe('ringForNextSegment', () => {
  it('gives the whole ring when nothing was written', () => {
    expect(ringForNextSegment(DEFAULT_LIMITS, [])).toEqual({ maxFileSize: 99 * MEGABYTE, fileCount: 10, drop: [] });
  });

  it('drops the oldest files of a full ring until half of it is free', () => {
    const full = Array.from({ length: 10 }, (_, i) => file(`f${i}`, 99 * MEGABYTE + 1500, (i + 4) % 10));
    const ring = ringForNextSegment(DEFAULT_LIMITS, [full]);
    expect(ring.drop).toEqual(['f6', 'f7', 'f8', 'f9', 'f0']);
    expect(ring).toMatchObject({ maxFileSize: 99 * MEGABYTE, fileCount: 5 });
  });

  it('drops the files of earlier segments first, though the wall clock was set back and theirs seem younger', () => {
    const segment = (name: string, from: number) => Array.from({ length: 5 }, (_, i) => file(`${name}${i}`, 99 * MEGABYTE, from + i));
    const { drop } = ringForNextSegment(DEFAULT_LIMITS, [segment('first', 1_000), segment('second', 0)]);
    expect(drop).toEqual(['first0', 'first1', 'first2', 'first3', 'first4']);
  });

  it('keeps what little the first segment of the smallest ring has written', () => {
    for (const fileCount of [1, 2]) {
      const ring = ringForNextSegment({ ...DEFAULT_LIMITS, maxFileSize: MEGABYTE, fileCount }, [[file('f0', 5000, 1)]]);
      expect(ring).toEqual({ maxFileSize: MEGABYTE, fileCount, drop: [] });
    }
  });

  it('never lets a capture past its reservation, however often it is interrupted', () => {
    // A small generator of its own, so that a failure can be repeated.
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 500; round += 1) {
      const limits: CaptureLimits = { ...DEFAULT_LIMITS, maxFileSize: (1 + random(30)) * MEGABYTE, fileCount: 1 + random(12) };
      let files: FileInspection[][] = [];
      let ring = { maxFileSize: rotationSize(limits), fileCount: limits.fileCount };
      for (let segment = 0; segment < 8; segment += 1) {
        const own: FileInspection[] = [];
        const written = random(3) === 0 ? ring.fileCount : 1 + random(ring.fileCount);
        for (let i = 0; i < written; i += 1) {
          const last = i === written - 1;
          own.push(file(`s${segment}.${i}`, last ? random(ring.maxFileSize) : ring.maxFileSize + PACKET, segment * 1000 + i));
        }
        const { drop, ...next } = ringForNextSegment(limits, [...files, own]);
        files = [...files, own].map((each) => each.filter(({ name }) => !drop.includes(name)));
        ring = next;
        const kept = files.flat().reduce((sum, { bytes }) => sum + bytes, 0);
        expect(kept + ring.fileCount * (ring.maxFileSize + PACKET)).toBeLessThanOrEqual(ringBytes(limits));
        expect(ring.fileCount).toBeGreaterThanOrEqual(Math.min(limits.fileCount, 2));
        expect(ring.maxFileSize % MEGABYTE).toBe(0);
        expect(ring.maxFileSize).toBeGreaterThan(0);
      }
    }
  });
});
