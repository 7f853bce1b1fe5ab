import { readFileSync } from 'node:fs';
import { CaptureApi, NAMESPACE } from '../../test/adapters/kubernetes/capture-api.ts';
import { ServiceAccountMount } from '../../test/harness/service-account-mount.ts';
import { realisticPod, realisticPodStatus } from './realistic-pod.ts';

const ACCOUNT = 'pcapper-agent';
const PODS = '/api/v1/namespaces/default/pods';

/** A real kube-apiserver with PacketCaptures, and what a node and its agent find there. */
export class BenchCluster implements AsyncDisposable {
  readonly api: CaptureApi;

  static async start(): Promise<BenchCluster> {
    return new BenchCluster(await CaptureApi.start());
  }

  private constructor(api: CaptureApi) {
    this.api = api;
  }

  /** Pods of that node as the API server has them; there is no kubelet, so nothing runs in them. Their mean size as JSON, in bytes. */
  async fillNode(node: string, pods: number): Promise<number> {
    const { client } = this.api;
    const sizes = await Promise.all(
      Array.from({ length: pods }, async (_, i) => {
        const { metadata } = await client.create(PODS, realisticPod(node, `storefront-${i}`));
        const object = await client.patch(`${PODS}/${metadata.name}/status`, 'merge', { status: realisticPodStatus() });
        return JSON.stringify(object).length;
      }),
    );
    return sizes.reduce((sum, size) => sum + size, 0) / pods;
  }

  /**
   * The ServiceAccount of an agent, in a mount namespace for it. It may do everything.
   * @param caFile of the CA that it trusts. Default: the API server's.
   */
  async serviceAccount(caFile = this.api.server.caFile): Promise<ServiceAccountMount> {
    const { server, client } = this.api;
    const kubeconfig = JSON.parse(readFileSync(await server.kubeconfigForServiceAccount(NAMESPACE, ACCOUNT), 'utf8')) as {
      readonly users: readonly [{ readonly user: { readonly token: string } }];
    };
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: ACCOUNT },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', namespace: NAMESPACE, name: ACCOUNT }],
    };
    await client.patch(`/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${ACCOUNT}`, 'apply', binding, { query: { fieldManager: 'bench' } });
    return ServiceAccountMount.create({ token: kubeconfig.users[0].user.token, caFile });
  }

  /** The environment by which a Pod finds the API server. */
  get inCluster(): Readonly<Record<string, string>> {
    return podEnvironment(this.api.server.url);
  }

  get kubeconfig(): Readonly<Record<string, string>> {
    return { KUBECONFIG: this.api.server.kubeconfig };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api[Symbol.asyncDispose]();
  }
}

export function podEnvironment(url: string): Readonly<Record<string, string>> {
  const { hostname, port } = new URL(url);
  return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
}
