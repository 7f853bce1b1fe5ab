import type { IncomingMessage } from 'node:http';
import type { ObservedRequest } from '../faults/fault.ts';
import { badRequest } from '../objects/status-error.ts';
import { isTrue } from './query.ts';

/** Reads a request to its end. @throws StatusError 400 when its body is no JSON */
export async function observeRequest(request: IncomingMessage): Promise<ObservedRequest> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  request.setEncoding('utf8');
  let text = '';
  for await (const chunk of request) text += chunk as string;
  const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    isWatch: isTrue(url.searchParams.get('watch')) && request.method === 'GET',
    contentType,
    body: text === '' ? undefined : parse(text),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}
