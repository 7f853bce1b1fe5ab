import { type ClaimedPod, describeTarget } from '../../core/capture-target.ts';
import { PodNotKnownError } from '../../core/errors/target-errors.ts';
import type { PodAnnotations } from '../../core/pod-annotations.ts';
import type { KubernetesClient } from './kubernetes-client.ts';

/** Annotations of Pods, read of the API server each time. Needs the right to list Pods, which the agent has. */
export class LivePodAnnotations implements PodAnnotations {
  readonly #client: KubernetesClient;

  constructor(client: KubernetesClient) {
    this.#client = client;
  }

  /**
   * The annotations as they are now.
   * @throws PodNotKnownError when the Pod of that uid is gone; ApiStatusError, ApiConnectionError
   */
  async of(pod: ClaimedPod, signal?: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const query = { fieldSelector: `metadata.name=${pod.name}` };
    const { items } = await this.#client.list(`/api/v1/namespaces/${pod.namespace}/pods`, { query, ...(signal && { signal }) });
    const found = items.find(({ metadata }) => metadata.uid === pod.uid);
    if (found === undefined) throw new PodNotKnownError(describeTarget(pod), 'the API server has none of that name and uid');
    return found.metadata.annotations ?? {};
  }
}
