// Types of ws are what those of @kubernetes/client-node lack without skipLibCheck.
// One kubeconfig by three ways: the client of @kubernetes/client-node, ours by its KubeConfig, ours by the file.
import { AuthenticationV1Api, KubeConfig } from '@kubernetes/client-node';
import { kubeConfigConnection, KubernetesClient, type KubernetesConnection, loadConnection } from 'pcapper/kubernetes';

const [, , path = ''] = process.argv;
const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };

async function whoAmI(connection: KubernetesConnection): Promise<string> {
  const client = new KubernetesClient(connection);
  try {
    const { status } = await client.create<{ status: { userInfo: { username: string } } }>('/apis/authentication.k8s.io/v1/selfsubjectreviews', review);
    return status.userInfo.username;
  } finally {
    client[Symbol.dispose]();
  }
}

const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(path);
const theirs = await kubeConfig.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: review });
console.log(JSON.stringify({
  users: [theirs.status?.userInfo?.username, await whoAmI(kubeConfigConnection(kubeConfig)), await whoAmI(await loadConnection({ kubeconfig: path }))],
}));
