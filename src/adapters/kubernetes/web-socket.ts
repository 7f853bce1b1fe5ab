import { createHash, randomBytes } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import { unlessAborted } from '../../core/unless-aborted.ts';
import { refusal, tryParse } from './api-refusal.ts';
import { CallDeadline } from './call-deadline.ts';
import { readText } from './http-exchange.ts';
import type { KubernetesConnection } from './kubernetes-connection.ts';
import { USER_AGENT } from './user-agent.ts';
import { clientFrame, FrameError, FrameReader, type FramePiece, OPCODE } from './web-socket-frames.ts';

/** What an answer's key is made with (RFC 6455, 1.3). */
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const FIRST_PROBE_AFTER_MS = 30_000;

export interface WebSocketOptions {
  /** In the order of preference. */
  readonly protocols: readonly string[];
  /** Time for the connection to be made. Milliseconds. */
  readonly patience: number;
  /** A connection over which nothing comes for so long while something is waited for is given up. Milliseconds. */
  readonly longestSilence: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A connection to the API server on which data comes in (RFC 6455). Nothing is read ahead of its reader: who reads slowly
 * slows down the sender.
 */
export class WebSocket implements Disposable {
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #longestSilence: number;

  /**
   * @throws ApiStatusError when the server answers with something else than a WebSocket
   * @throws the socket's error, or the signal's reason.
   */
  static async open(connection: KubernetesConnection, url: URL, options: WebSocketOptions): Promise<WebSocket> {
    using deadline = new CallDeadline(options.patience, options.signal);
    const given = await unlessAborted(connection.requestOptions(), deadline.signal);
    const { socket, head } = await upgrade(url, given, options.protocols, deadline.signal);
    return new WebSocket(socket, head, options.longestSilence);
  }

  private constructor(socket: Duplex, head: Buffer, longestSilence: number) {
    this.#socket = socket;
    this.#head = head;
    this.#longestSilence = longestSilence;
    // Told to whoever reads; without a listener it would end the process.
    socket.on('error', () => undefined);
  }

  /** Pieces of data frames, until the server closes. @throws the socket's error, FrameError */
  async *pieces(signal?: AbortSignal): AsyncGenerator<FramePiece, void, undefined> {
    const reader = new FrameReader();
    for await (const chunk of this.#chunks(signal)) {
      for (const piece of reader.read(chunk)) {
        switch (piece.opcode) {
          case OPCODE.close:
            return;
          case OPCODE.ping:
            this.#socket.write(clientFrame(OPCODE.pong, piece.payload));
            break;
          case OPCODE.pong:
            break;
          case OPCODE.continuation:
          case OPCODE.text:
          case OPCODE.binary:
            yield piece;
            break;
          default:
            throw new FrameError(`it sends frames of kind ${piece.opcode}`);
        }
      }
    }
  }

  async *#chunks(signal: AbortSignal | undefined): AsyncGenerator<Buffer, void, undefined> {
    if (this.#head.length > 0) yield this.#head;
    const chunks = (this.#socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    const abort = () => this.#socket.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      for (;;) {
        let chunk: Buffer;
        // Counts only while it is waited for: how long the reader takes is the reader's affair.
        const silence = setTimeout(() => {
          this.#socket.destroy(new Error(`nothing came for ${this.#longestSilence / 1000} s`));
        }, this.#longestSilence);
        try {
          const next = await chunks.next();
          if (next.done) return;
          chunk = next.value;
        } finally {
          clearTimeout(silence);
        }
        yield chunk;
      }
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

function upgrade(
  url: URL,
  given: https.RequestOptions,
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly socket: Duplex; readonly head: Buffer }> {
  return new Promise((resolve, reject) => {
    const key = randomBytes(16).toString('base64');
    const transport = url.protocol === 'http:' ? http : https;
    const request = transport.request({
      // A connection of its own: it is never given back.
      agent: false,
      ...given,
      ...urlToHttpOptions(url),
      signal,
      headers: {
        ...(given.headers as http.OutgoingHttpHeaders | undefined),
        'User-Agent': USER_AGENT,
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': key,
        'Sec-WebSocket-Protocol': protocols.join(', '),
      },
    });
    request.on('upgrade', (response, socket, head) => {
      const { 'sec-websocket-accept': accept, 'sec-websocket-protocol': protocol } = response.headers;
      if (accept !== createHash('sha1').update(key + KEY_SUFFIX).digest('base64') || protocol === undefined || !protocols.includes(protocol)) {
        socket.destroy();
        reject(new FrameError(`it does not take up ${protocols.join(' or ')}`));
        return;
      }
      if ('setKeepAlive' in socket && typeof socket.setKeepAlive === 'function') socket.setKeepAlive(true, FIRST_PROBE_AFTER_MS);
      resolve({ socket, head });
    });
    request.on('response', (response) => {
      const { statusCode = 0, headers } = response;
      readText(response, 1024 * 1024).then(
        (text) => reject(refusal({ method: 'CONNECT', path: url.pathname }, statusCode, tryParse(text) ?? text, headers['retry-after'])),
        reject,
      );
    });
    request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    request.end();
  });
}
