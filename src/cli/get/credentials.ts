import type { KubernetesConnection } from '../../adapters/kubernetes/kubernetes-connection.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { unlessAborted } from '../../core/unless-aborted.ts';
import { CredentialsError } from './get-errors.ts';

/**
 * Has the credentials of a kubeconfig looked up once ahead of all calls: a plugin may ask a person to log in first, for
 * which no call has the time.
 * @throws CredentialsError, and the signal's reason
 */
export async function awaitCredentials(connection: KubernetesConnection, signal: AbortSignal): Promise<void> {
  try {
    await unlessAborted(connection.requestOptions(), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new CredentialsError(errorMessage(error).trim(), { cause: error });
  }
}
