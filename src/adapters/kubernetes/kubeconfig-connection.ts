import { existsSync } from 'node:fs';
import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { delimiter } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { errorMessage, PackageMissingError, quote, SettingInvalidError } from '../../core/errors/index.ts';
import type { KubernetesConnection } from './kubernetes-connection.ts';

/** The part of a `Cluster` of @kubernetes/client-node that is used. */
export interface ClusterLike {
  /** URL of the API server. */
  readonly server: string;
  /** URL of a proxy on the way there. Absent: there is none. */
  readonly proxyUrl?: string;
}

/** The part of a `KubeConfig` of @kubernetes/client-node that is used; 1.4 and 2.0.1 or newer fit. */
export interface KubeConfigLike {
  /** The cluster of the current context; `null` when there is none. */
  getCurrentCluster(): ClusterLike | null;
  /** Fills in CA, certificates and a valid token, running exec plugins as needed. */
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/**
 * The connection of a `KubeConfig` that the caller has. A server with http:// gets no credentials.
 * @throws SettingInvalidError when it has no current cluster.
 */
export function kubeConfigConnection(kubeConfig: KubeConfigLike): KubernetesConnection {
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster || !URL.canParse(cluster.server)) {
    throw new SettingInvalidError({
      problem: cluster ? `The kubeconfig has the server ${quote(cluster.server)}, which is no URL.` : 'The kubeconfig has no current cluster.',
      advice: 'Choose a context with kubectl config use-context, and give its cluster a server like "https://10.0.0.1:6443".',
    });
  }
  const server = new URL(cluster.server);
  if (server.protocol === 'http:') return { server, requestOptions: () => Promise.resolve({}) };
  let proxy: Agent | undefined;
  return {
    server,
    async requestOptions() {
      const options: RequestOptions = {};
      await kubeConfig.applyToHTTPSOptions(options);
      const { agent, ...rest } = options;
      if (cluster.proxyUrl === undefined || typeof agent !== 'object') return rest;
      // Only this agent knows the way through the proxy; one of them is kept, else each request would connect anew.
      proxy ??= keptAlive(agent);
      return { ...rest, agent: proxy };
    },
  };
}

/**
 * The connection of a kubeconfig file. Loads @kubernetes/client-node, which costs about 80 MB of memory and most of a
 * second unless it was bundled.
 * @param paths one path, or several as KUBECONFIG lists them (joined by `:`), of which some may not be there; later files add to the first.
 * @param context Default: the current one of the first file that has one.
 * @throws PackageMissingError when the package is not installed; SettingInvalidError when a file or the context is missing,
 * or a file cannot be understood.
 */
export async function kubeconfigFileConnection(paths: string, context?: string): Promise<KubernetesConnection> {
  const { KubeConfig } = await import('@kubernetes/client-node').catch((cause: unknown) => {
    throw new PackageMissingError(['@kubernetes/client-node'], 'A kubeconfig is read by the package', cause);
  });
  const kubeConfig = new KubeConfig();
  const listed = paths.split(delimiter).filter((path) => path !== '');
  const there = listed.filter((path) => existsSync(path));
  // As kubectl does, those of a list that are not there are passed over.
  const [first = '', ...more] = there.length > 0 ? there : listed;
  try {
    kubeConfig.loadFromFile(first);
    for (const path of more) {
      const further = new KubeConfig();
      further.loadFromFile(path);
      kubeConfig.mergeConfig(withoutKnown(further, kubeConfig), true);
    }
  } catch (error) {
    throw new SettingInvalidError(
      {
        problem: `The kubeconfig ${quote(paths)} cannot be read: ${errorMessage(error)}.`,
        advice: 'Set KUBECONFIG to the path of a kubeconfig, as kubectl takes it.',
      },
      { cause: error },
    );
  }
  if (context !== undefined) useContext(kubeConfig, context);
  return kubeConfigConnection(kubeConfig);
}

/** Of two that have one name the first counts, as for kubectl; a `KubeConfig` refuses the second. */
function withoutKnown(config: KubeConfig, known: KubeConfig): KubeConfig {
  config.clusters = others(config.clusters, known.clusters);
  config.users = others(config.users, known.users);
  config.contexts = others(config.contexts, known.contexts);
  return config;
}

function others<T extends { readonly name: string }>(items: readonly T[], known: readonly T[]): T[] {
  return items.filter(({ name }) => !known.some((one) => one.name === name));
}

function useContext(kubeConfig: KubeConfig, context: string): void {
  if (kubeConfig.getContextObject(context) === null) {
    const known = kubeConfig.getContexts().map(({ name }) => name);
    throw new SettingInvalidError({
      problem: `The kubeconfig has no context ${quote(context)}.`,
      advice: known.length === 0 ? 'It has none at all.' : `It has: ${known.join(', ')}.`,
    });
  }
  kubeConfig.setCurrentContext(context);
}

function keptAlive(agent: Agent & { keepAlive?: boolean }): Agent {
  agent.keepAlive = true;
  return agent;
}
