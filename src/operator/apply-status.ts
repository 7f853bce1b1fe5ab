import { ApiStatusError, type KubernetesClient, type KubernetesObject } from '../adapters/kubernetes/index.ts';
import { OPERATOR_FIELD_MANAGER } from './field-manager.ts';

/** An object as it is known. Nothing is written to another one of its name, or to one that has changed since. */
export interface Versioned {
  readonly name: string;
  readonly resourceVersion: string;
}

export interface StatusPlace {
  readonly apiVersion: string;
  readonly kind: string;
  /** Path of its collection. */
  readonly path: string;
}

/**
 * Writes the operator's whole status.
 * @returns the object as it is then; `undefined` when it had changed since it was known, or is gone: then nothing is written.
 * @throws ApiStatusError, ApiConnectionError
 */
export function applyStatus(
  client: KubernetesClient,
  { apiVersion, kind, path }: StatusPlace,
  { name, resourceVersion }: Versioned,
  status: object,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const body = { apiVersion, kind, metadata: { name, resourceVersion }, status };
  const query = { fieldManager: OPERATOR_FIELD_MANAGER, force: true };
  return unlessMoved(client.patch(`${path}/${name}/status`, 'apply', body, { query, signal }));
}

/** `undefined` when the object has changed since it was known, or is gone: the watch tells. */
export async function unlessMoved<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (ApiStatusError.is(error) && (error.statusCode === 409 || error.statusCode === 404)) return undefined;
    throw error;
  }
}
