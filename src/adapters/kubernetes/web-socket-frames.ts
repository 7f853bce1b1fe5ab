import { randomBytes } from 'node:crypto';

/** Kinds of frames (RFC 6455, 5.2). */
export const OPCODE = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** A part of a frame, as it came: a long frame comes in many. */
export interface FramePiece {
  readonly opcode: number;
  /** The frame is the last of its message. */
  readonly final: boolean;
  readonly payload: Buffer;
  /** It is the first piece of its frame, or the last. */
  readonly begins: boolean;
  readonly ends: boolean;
}

/** The peer does not speak RFC 6455. */
export class FrameError extends Error {}

/** Two bytes, and eight of an extended length. A server does not mask. */
const LONGEST_HEADER = 10;

/** Reads the frames of a server out of the bytes of a connection (RFC 6455, 5.2), without keeping a frame as a whole. */
export class FrameReader {
  #header: Buffer = Buffer.alloc(0);
  #frame: { readonly opcode: number; readonly final: boolean; readonly length: number } | undefined;
  #left = 0;

  /** @throws FrameError */
  *read(chunk: Buffer): Generator<FramePiece, void, undefined> {
    let rest = chunk;
    for (;;) {
      if (this.#frame === undefined) {
        const known = this.#header.length;
        const header = Buffer.concat([this.#header, rest.subarray(0, LONGEST_HEADER - known)]);
        const begun = beginOf(header);
        if (begun === undefined) {
          this.#header = header;
          return;
        }
        rest = rest.subarray(begun.headerBytes - known);
        this.#header = Buffer.alloc(0);
        this.#frame = begun;
        this.#left = begun.length;
      }
      const { opcode, final, length } = this.#frame;
      const payload = rest.subarray(0, this.#left);
      rest = rest.subarray(payload.length);
      const begins = this.#left === length;
      this.#left -= payload.length;
      const ends = this.#left === 0;
      if (payload.length === 0 && !ends) return;
      if (ends) this.#frame = undefined;
      yield { opcode, final, payload, begins, ends };
    }
  }
}

/** A frame of a client: one message, masked as RFC 6455, 5.3 wants it. @param payload at most 125 bytes, as of control frames */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked]);
}

/** `undefined` while the header has not come as a whole. */
function beginOf(header: Buffer) {
  const [first, second] = header;
  if (first === undefined || second === undefined) return undefined;
  if ((first & 0x70) !== 0) throw new FrameError('it uses extensions that were not agreed on');
  if ((second & 0x80) !== 0) throw new FrameError('its frames are masked');
  const frame = { opcode: first & 0x0f, final: (first & 0x80) !== 0 };
  const short = second & 0x7f;
  if (short < 126) return { ...frame, length: short, headerBytes: 2 };
  const headerBytes = short === 126 ? 4 : 10;
  if (header.length < headerBytes) return undefined;
  return { ...frame, length: short === 126 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2)), headerBytes };
}
