import type { ServerResponse } from 'node:http';
import { StatusError } from '../objects/status-error.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What befalls an answer on its way. */
export type Trouble = 'cut' | 'silence';

export function send(response: ServerResponse, { status, body, headers = {} }: Answer, trouble?: Trouble): void {
  const isText = typeof body === 'string';
  const payload = isText ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json', 'content-length': Buffer.byteLength(payload), ...headers });
  if (trouble === 'cut') response.write(payload.slice(0, payload.length / 2), () => response.socket?.destroy());
  else response.end(payload);
}

export function statusAnswer(error: StatusError): Answer {
  return { status: error.code, body: error.toStatus() };
}

/** A `Status` of that HTTP status, as the server words it. */
export function refusal(status: number, retryAfterSeconds: number | undefined): Answer {
  const [reason, message] = REFUSALS[status] ?? ['InternalError', 'an error on the server ("injected") has prevented the request from succeeding'];
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status, body: new StatusError(status, reason, message, details).toStatus(), headers };
}

const REFUSALS: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  503: ['ServiceUnavailable', 'apiserver is shutting down'],
};
