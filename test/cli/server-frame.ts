import { OPCODE } from '../../src/adapters/kubernetes/web-socket-frames.ts';

/** A frame as a server sends it (RFC 6455, 5.2). */
export function serverFrame(payload: Buffer, { opcode = OPCODE.binary, final = true }: { opcode?: number; final?: boolean } = {}): Buffer {
  const first = (final ? 0x80 : 0) | opcode;
  if (payload.length < 126) return Buffer.concat([Buffer.from([first, payload.length]), payload]);
  const header = Buffer.alloc(payload.length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = payload.length < 65_536 ? 126 : 127;
  if (payload.length < 65_536) header.writeUInt16BE(payload.length, 2);
  else header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, payload]);
}
