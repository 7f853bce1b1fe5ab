import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { inClusterConnection } from '../adapters/kubernetes/in-cluster-connection.ts';
import { kubeconfigFileConnection } from '../adapters/kubernetes/kubeconfig-connection.ts';
import type { KubernetesConnection } from '../adapters/kubernetes/kubernetes-connection.ts';
import { SettingInvalidError } from '../core/errors/agent-errors.ts';

export interface UserConnectionOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The API server of a person, found as kubectl does: a file that is named, KUBECONFIG, `~/.kube/config`, the service
 * account of a Pod.
 * @throws SettingInvalidError
 */
export async function userConnection({ kubeconfig, context, env }: UserConnectionOptions): Promise<KubernetesConnection> {
  const standard = join(env['HOME'] || homedir(), '.kube', 'config');
  const paths = kubeconfig ?? (env['KUBECONFIG'] || (existsSync(standard) ? standard : undefined));
  if (paths !== undefined) return kubeconfigFileConnection(paths, context);
  if (env['KUBERNETES_SERVICE_HOST']) return inClusterConnection({ env });
  throw new SettingInvalidError({
    problem: `There is no kubeconfig: KUBECONFIG is not set, and ${standard} does not exist.`,
    advice: 'Name one with --kubeconfig.',
  });
}
