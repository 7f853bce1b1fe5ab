import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, SettingInvalidError } from '../../core/errors/index.ts';
import type { KubernetesConnection } from './kubernetes-connection.ts';

/** Where the kubelet puts a ServiceAccount's files (kubernetes.io: "Accessing the Kubernetes API from a Pod"). */
export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where a Pod finds its ServiceAccount and the API server. */
export interface InClusterOptions {
  /** Default: {@link SERVICE_ACCOUNT_DIRECTORY}. */
  readonly directory?: string;
  /** Default: `process.env`; KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are read. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The connection of a Pod, by the files of its ServiceAccount. They are read for each request, so a rotated token or CA
 * is taken up at once. Does not load @kubernetes/client-node.
 * @throws SettingInvalidError outside of a Pod, or where the ServiceAccount is not mounted.
 */
export async function inClusterConnection(options: InClusterOptions = {}): Promise<KubernetesConnection> {
  const { directory = SERVICE_ACCOUNT_DIRECTORY, env = process.env } = options;
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) {
    throw new SettingInvalidError({
      problem: 'This is no Pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set.',
      advice: 'Run it in a Pod, or set KUBECONFIG to the path of a kubeconfig.',
    });
  }
  const requestOptions = async () => {
    const [token, ca] = await Promise.all([readFile(join(directory, 'token'), 'utf8'), readFile(join(directory, 'ca.crt'), 'utf8')]);
    return { ca, headers: { Authorization: `Bearer ${token.trim()}` } };
  };
  try {
    await requestOptions();
  } catch (error) {
    throw new SettingInvalidError(
      {
        problem: `The ServiceAccount in ${directory} cannot be read: ${errorMessage(error)}.`,
        advice: 'Give the Pod a ServiceAccount and do not set automountServiceAccountToken: false.',
      },
      { cause: error },
    );
  }
  return { server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`), requestOptions };
}
