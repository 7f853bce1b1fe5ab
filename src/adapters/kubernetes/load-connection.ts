import { inClusterConnection, type InClusterOptions } from './in-cluster-connection.ts';
import { kubeconfigFileConnection } from './kubeconfig-connection.ts';
import type { KubernetesConnection } from './kubernetes-connection.ts';

/** Where {@link loadConnection} looks for the API server. */
export interface LoadConnectionOptions extends InClusterOptions {
  /** Path of a kubeconfig. Default: KUBECONFIG of `env`. */
  readonly kubeconfig?: string;
}

/**
 * Finds the API server: by the kubeconfig that is named by option or KUBECONFIG, else as a Pod. `~/.kube/config` is not
 * looked for: an agent must not find itself in a cluster that nobody named.
 * @throws SettingInvalidError; PackageMissingError for a kubeconfig when @kubernetes/client-node is not installed.
 */
export function loadConnection(options: LoadConnectionOptions = {}): Promise<KubernetesConnection> {
  const { kubeconfig = (options.env ?? process.env)['KUBECONFIG'] } = options;
  return kubeconfig ? kubeconfigFileConnection(kubeconfig) : inClusterConnection(options);
}
