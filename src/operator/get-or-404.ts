import { ApiStatusError, type KubernetesClient, type KubernetesObject } from '../adapters/kubernetes/index.ts';

/** `undefined`: there is none, by the words of the API server. */
export async function getOr404<T = KubernetesObject>(client: KubernetesClient, path: string, name: string, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await client.get<T>(path, { signal });
  } catch (error) {
    if (ApiStatusError.is(error) && error.saysNotFound(name)) return undefined;
    throw error;
  }
}
