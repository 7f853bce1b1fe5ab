import { KubernetesClient, type KubernetesConnection } from 'pcapper/kubernetes';
import { packetCaptureCrd, validatePacketCapture } from '../../src/api/v1alpha1/index.ts';
import { EmbeddedKubernetes } from './embedded-kubernetes/index.ts';

export const NAMESPACE = 'pcapper';
export const NODE = 'demo-node';

/** A Kubernetes API with our resources. */
export interface Cluster extends AsyncDisposable {
  readonly url: string;
  readonly connection: KubernetesConnection;
  /** As a user's kubectl would have it, and the kubelet. */
  readonly client: KubernetesClient;
}

export async function startCluster(): Promise<Cluster> {
  const crd = packetCaptureCrd();
  const embedded = await EmbeddedKubernetes.start({
    definitions: [crd],
    rules: { [crd.metadata.name]: { validate: validatePacketCapture } },
    namespaces: [NAMESPACE],
  });
  const connection = { server: new URL(embedded.url), requestOptions: () => Promise.resolve({}) };
  const client = new KubernetesClient(connection);
  return {
    url: embedded.url,
    connection,
    client,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await embedded[Symbol.asyncDispose]();
    },
  };
}
