import type { KubernetesClient } from '../../adapters/kubernetes/index.ts';
import { getOr404 } from '../get-or-404.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import type { PolicyRule } from '../policy-rule.ts';

/** Where the operator itself is installed. */
export interface OwnInstallationOptions {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** That the operator runs in. */
  readonly namespace: string;
  /** Name of the operator's Deployment. Absent: it runs without one, as on a developer's machine. */
  readonly deployment?: string | undefined;
}

/** What {@link OwnInstallation} needs, in a Role of the namespace: a Namespace counts as an object within itself. */
export function ownInstallationRules({ namespace, deployment }: Omit<OwnInstallationOptions, 'client'>): readonly PolicyRule[] {
  const own = { apiGroups: [''], resources: ['namespaces'], resourceNames: [namespace], verbs: ['get'] };
  return deployment === undefined ? [own] : [own, { apiGroups: ['apps'], resources: ['deployments'], resourceNames: [deployment], verbs: ['get'] }];
}

/** Where the operator itself is installed. */
export class OwnInstallation {
  readonly #client: KubernetesClient;
  readonly #rules: readonly PolicyRule[];
  readonly #objects: readonly { readonly path: string; readonly name: string }[];

  constructor({ client, namespace, deployment }: OwnInstallationOptions) {
    this.#client = client;
    this.#rules = ownInstallationRules({ namespace, deployment });
    this.#objects = [
      { path: `/api/v1/namespaces/${namespace}`, name: namespace },
      ...(deployment === undefined ? [] : [{ path: `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`, name: deployment }]),
    ];
  }

  /**
   * Whether it is being uninstalled, or was: then nothing that is missing is to be restored. Asks the API server.
   * @throws MissingRightError, ApiStatusError, ApiConnectionError when that cannot be told.
   */
  async isBeingRemoved(signal: AbortSignal): Promise<boolean> {
    for (const { path, name } of this.#objects) {
      try {
        const found = await getOr404(this.#client, path, name, signal);
        if (found === undefined || found.metadata.deletionTimestamp !== undefined) return true;
      } catch (error) {
        throw explainMissingRight(error, 'Role', this.#rules);
      }
    }
    return false;
  }
}
