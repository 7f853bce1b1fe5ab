import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, MEGABYTE, ringBytes, rotationSize } from '../../src/core/capture-request.ts';

describe('the ring', () => {
  it('keeps a file within maxFileSize from 10 MB on, the packet that overshoots included', () => {
    for (const megabytes of [10, 11, 64, 100, 10_000]) {
      const maxFileSize = megabytes * MEGABYTE;
      expect(rotationSize({ maxFileSize }) + 16 + DEFAULT_LIMITS.snapLength).toBeLessThanOrEqual(maxFileSize);
      expect(rotationSize({ maxFileSize }) % MEGABYTE).toBe(0);
    }
  });

  it('leaves small files as they were asked for, and reserves the packet that overshoots', () => {
    for (const megabytes of [1, 2, 9]) {
      const limits = { maxFileSize: megabytes * MEGABYTE, fileCount: 3, snapLength: 262_144 };
      expect(rotationSize(limits)).toBe(limits.maxFileSize);
      expect(ringBytes(limits)).toBeGreaterThanOrEqual(3 * (limits.maxFileSize + 16 + 262_144));
    }
  });

  it('fits ten times into 10G by default, with room for what lies beside it, and not eleven times', () => {
    expect(10 * ringBytes(DEFAULT_LIMITS)).toBeLessThan(10e9 - 10 * MEGABYTE);
    expect(11 * ringBytes(DEFAULT_LIMITS)).toBeGreaterThan(10e9);
  });
});
