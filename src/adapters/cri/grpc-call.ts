import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';

/** gRPC's status where all went well (grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const OK = '0';

/** Characters of a status' words that are passed on. */
const MAX_WORDS = 1000;

/** What a call of a gRPC service is made with. */
export interface GrpcCall {
  /** Path of the unix socket that it listens on. */
  readonly socket: string;
  /** `/PACKAGE.SERVICE/METHOD`. */
  readonly method: string;
  readonly request: Uint8Array;
  /** Milliseconds until it is given up. */
  readonly timeout: number;
  /** The most that the answer may have. Bytes. */
  readonly maxAnswerBytes: number;
}

/** gRPC answered with a status that is not OK. */
export class GrpcStatusError extends Error {
  /** gRPC's number of the status: 5 is NOT_FOUND. */
  readonly status: string;

  constructor(status: string, message: string) {
    super(`gRPC status ${status} ${message}`.trim());
    this.status = status;
  }
}

/**
 * Calls a unary method of a gRPC service on a unix socket (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md), over a
 * connection of its own.
 * @returns the message of the answer
 * @throws GrpcStatusError, or what the connection says
 */
export async function grpcCall({ socket, method, request, timeout, maxAnswerBytes }: GrpcCall, signal?: AbortSignal): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const session = connectHttp2('http://localhost', { createConnection: () => connect(socket) });
  const deadline = AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]);
  try {
    const failed = new Promise<never>((_, reject) => session.on('error', reject));
    return await Promise.race([failed, exchange(session, { method, request, maxAnswerBytes }, deadline)]);
  } catch (error) {
    signal?.throwIfAborted();
    throw deadline.aborted ? new Error(`no answer within ${timeout / 1000} s`, { cause: error }) : error;
  } finally {
    session.destroy();
  }
}

async function exchange(session: ClientHttp2Session, { method, request, maxAnswerBytes }: Pick<GrpcCall, 'method' | 'request' | 'maxAnswerBytes'>, signal: AbortSignal): Promise<Uint8Array> {
  const stream = session.request({ ':method': 'POST', ':path': method, 'content-type': 'application/grpc', te: 'trailers' }, { signal });
  let head: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  stream.on('response', (headers) => { head = headers; });
  stream.on('trailers', (headers: IncomingHttpHeaders) => { trailers = headers; });
  stream.end(framed(request));
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxAnswerBytes) throw new Error(`the answer has more than ${maxAnswerBytes} bytes`);
    pieces.push(piece);
  }
  // An answer without a message has its status in the head.
  if (head[':status'] === undefined) throw new Error('the connection was closed before an answer');
  const status = String(trailers['grpc-status'] ?? head['grpc-status'] ?? `of HTTP ${String(head[':status'])}`);
  if (status !== OK) throw new GrpcStatusError(status, percentDecoded(String(trailers['grpc-message'] ?? head['grpc-message'] ?? '')));
  return unframed(Buffer.concat(pieces));
}

/** Unlike `decodeURIComponent` it takes what is not encoded well: words must not hide the status that they come with. */
function percentDecoded(text: string): string {
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8').slice(0, MAX_WORDS);
}

/** A message with its frame: a flag for compression, which is never used here, and its length in four bytes. */
export function framed(message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function unframed(frame: Buffer): Uint8Array {
  if (frame.length < 5 || frame[0] !== 0 || frame.readUInt32BE(1) !== frame.length - 5) throw new Error('the answer is not one message without compression');
  return frame.subarray(5);
}
