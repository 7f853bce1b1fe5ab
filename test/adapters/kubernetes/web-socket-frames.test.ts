import { describe, expect, it } from 'vitest';
import { clientFrame, FrameError, FrameReader, OPCODE } from '../../../src/adapters/kubernetes/web-socket-frames.ts';
import { serverFrame } from '../../cli/server-frame.ts';

/** Frames put together again from their pieces. */
function read(bytes: Buffer, chunkBytes: number) {
  const reader = new FrameReader();
  const frames: { opcode: number; final: boolean; pieces: Buffer[] }[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    for (const { opcode, final, payload, begins, ends } of reader.read(bytes.subarray(at, at + chunkBytes))) {
      if (begins) frames.push({ opcode, final, pieces: [] });
      frames.at(-1)?.pieces.push(payload);
      if (ends && frames.at(-1)?.opcode !== opcode) throw new Error('a frame ends as another');
    }
  }
  return frames.map(({ opcode, final, pieces }) => ({ opcode, final, payload: Buffer.concat(pieces).toString('latin1') }));
}

describe('FrameReader', () => {
  const payloads = [0, 1, 125, 126, 127, 65_535, 65_536].map((length) => Buffer.alloc(length, `${length}`));
  const frames = payloads.map((payload, i) => ({ opcode: i % 2 === 0 ? OPCODE.binary : OPCODE.continuation, final: i % 3 !== 0, payload }));
  const bytes = Buffer.concat(frames.map(({ opcode, final, payload }) => serverFrame(payload, { opcode, final })));

  it.each([1, 2, 3, 9, 10, 11, 1000, 70_000, 1_000_000])('reads frames of every length in chunks of %d bytes', (chunkBytes) => {
    expect(read(bytes, chunkBytes)).toEqual(frames.map((frame) => ({ ...frame, payload: frame.payload.toString('latin1') })));
  });

  it.each([
    ['masked frames', clientFrame(OPCODE.binary, Buffer.from('x'))],
    ['extensions', Buffer.from([0xc2, 0x00])],
  ])('refuses %s', (_, given) => {
    expect(() => read(given, 100)).toThrow(FrameError);
  });

  it('masks what a client sends', () => {
    const frame = clientFrame(OPCODE.pong, Buffer.from('hello'));
    expect([frame[0], frame[1]]).toEqual([0x8a, 0x85]);
    const mask = frame.subarray(2, 6);
    expect(Buffer.from(frame.subarray(6).map((byte, i) => byte ^ (mask[i % 4] ?? 0))).toString()).toBe('hello');
  });
});
