import * as http from 'node:http';
import * as https from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { urlToHttpOptions } from 'node:url';

/** One HTTP request as it goes out. */
export interface HttpExchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** CA, certificates, headers; of a `KubernetesConnection`. */
  readonly options: https.RequestOptions;
  readonly pool: http.Agent;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A peer that has vanished is noticed after this time and ten probes of one second each (libuv's uv_tcp_keepalive). */
const FIRST_PROBE_AFTER_MS = 30_000;

/** Sends a request and resolves with the head of the answer. Rejects with the socket's error, or the signal's reason. */
export async function exchange(spec: HttpExchange): Promise<http.IncomingMessage> {
  try {
    return await send(spec);
  } catch (error) {
    // The server may close an idle connection in the moment in which it is used again: such a request was not worked on.
    if (!(error instanceof StaleSocketError)) throw error;
    return await send(spec);
  }
}

class StaleSocketError extends Error {}

function send({ url, method, headers, options, pool, body, signal }: HttpExchange): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const transport = url.protocol === 'http:' ? http : https;
    const request = transport.request({
      agent: pool,
      ...options,
      ...urlToHttpOptions(url),
      method,
      headers: { ...(options.headers as http.OutgoingHttpHeaders | undefined), ...headers },
      ...(signal && { signal }),
    });
    request.on('socket', (socket) => socket.setKeepAlive(true, FIRST_PROBE_AFTER_MS));
    request.on('response', resolve);
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else if (request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) reject(new StaleSocketError());
      else reject(error);
    });
    request.end(body);
  });
}

/**
 * The body of an answer as text.
 * @throws RangeError when it has more than `limit` bytes.
 */
export async function readText(response: http.IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) throw new RangeError(`the answer has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

/**
 * The body of an answer as text, in pieces as it arrives.
 * @throws RangeError when it has more than `limit` bytes.
 */
export async function* readPieces(response: http.IncomingMessage, limit: number): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) throw new RangeError(`the answer has more than ${limit} bytes`);
    yield decoder.write(chunk);
  }
  yield decoder.end();
}

/**
 * The lines of an answer as they arrive. An unfinished last line is dropped.
 * @throws RangeError when a line has more than `limit` bytes.
 */
export async function* readLines(response: http.IncomingMessage, limit: number, contacted: () => void): AsyncGenerator<string, void, undefined> {
  let begun: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    contacted();
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      const line = Buffer.concat([...begun, chunk.subarray(from, end)]).toString('utf8');
      begun = [];
      bytes = 0;
      from = end + 1;
      if (line.trim() !== '') yield line;
    }
    const rest = chunk.subarray(from);
    bytes += rest.length;
    if (bytes > limit) throw new RangeError(`a line of the answer has more than ${limit} bytes`);
    if (rest.length > 0) begun.push(rest);
  }
}
