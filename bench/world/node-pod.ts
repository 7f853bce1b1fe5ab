import type { CaptureApi } from '../../test/adapters/kubernetes/capture-api.ts';
import { TestPod } from '../../test/harness/test-pod.ts';

const PODS = '/api/v1/namespaces/default/pods';

/** A Pod with a network namespace and a process, known to the API server as running on that node, as with a kubelet. */
export async function createNodePod({ client }: CaptureApi, node: string, name: string): Promise<TestPod> {
  const spec = { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'none' }] };
  const { metadata } = await client.create(PODS, { metadata: { name }, spec });
  const pod = await TestPod.create({ namespace: 'default', name, uid: metadata.uid });
  await client.patch(`${PODS}/${name}/status`, 'merge', { status: { phase: 'Running', podIP: pod.address, podIPs: [{ ip: pod.address }] } });
  return pod;
}
