import { type ApiCall, ApiStatusError } from './api-errors.ts';
import type { KubernetesStatus } from './kubernetes-object.ts';

/** The error for an answer that is a refusal. @param body parsed where it is JSON, else the text */
export function refusal(call: ApiCall, statusCode: number, body: unknown, retryAfterHeader?: string): ApiStatusError {
  const status = isStatus(body) ? body : undefined;
  const seconds = Number(retryAfterHeader ?? status?.details?.retryAfterSeconds ?? NaN);
  return new ApiStatusError(call, {
    statusCode,
    ...(status ? { status } : { text: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(seconds >= 0 && { retryAfter: seconds * 1000 }),
  });
}

export function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isStatus(body: unknown): body is KubernetesStatus {
  return typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status';
}
