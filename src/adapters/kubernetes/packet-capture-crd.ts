import { crdName, PACKET_CAPTURE } from '../../api/v1alpha1/group.ts';
import type { KubernetesClient } from './kubernetes-client.ts';

/** Path of all CustomResourceDefinitions. */
export const CRDS_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const PATH = `${CRDS_PATH}/${crdName(PACKET_CAPTURE)}`;

/**
 * Whether the CRD that a PacketCapture was made under is still there, so that one that is missing was deleted by itself and
 * did not go with all others. By the API server's clock on both sides: a CRD that was made anew is younger than those that went.
 * @param createdAt of the PacketCapture, Unix time in milliseconds; absent: that the CRD is there has to do
 * @throws ApiStatusError, ApiConnectionError
 */
export async function isCrdOf(client: KubernetesClient, createdAt: number | undefined, options?: { readonly signal?: AbortSignal }): Promise<boolean> {
  const { metadata } = await client.get(PATH, options);
  // While it is being deleted, the captures go first.
  if (metadata.deletionTimestamp !== undefined) return false;
  return createdAt === undefined || Date.parse(metadata.creationTimestamp ?? '') <= createdAt;
}
