import type { KubernetesClient, KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { localPod } from '../../adapters/kubernetes/node-pods.ts';
import { type CaptureTarget, type ClaimedTarget, describeTarget } from '../../core/capture-target.ts';
import type { CaptureError } from '../../core/errors/index.ts';
import { getOr404 } from '../get-or-404.ts';
import { NodeNotFoundError, PodEndedError, PodNotFoundError, PodNotScheduledError } from './target-errors.ts';

/** Where a target is. */
export interface FoundTarget {
  readonly node: string;
  readonly message: string;
  readonly target: ClaimedTarget;
  /** It can be captured: a Pod is when it has a sandbox. */
  readonly isLive: boolean;
}

interface PodFields {
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}

/**
 * Asks the API server for a target.
 * @returns why it cannot be captured, if so.
 * @throws ApiStatusError, ApiConnectionError when that cannot be told.
 */
export async function findTarget(client: KubernetesClient, target: CaptureTarget, signal: AbortSignal): Promise<FoundTarget | CaptureError> {
  if (target.kind === 'node') {
    const node = await getOr404(client, `/api/v1/nodes/${target.node}`, target.node, signal);
    return node ? { node: target.node, message: `Node ${target.node} is there.`, target, isLive: true } : new NodeNotFoundError(target.node);
  }
  const pod = await getOr404<KubernetesObject & PodFields>(client, `/api/v1/namespaces/${target.namespace}/pods/${target.name}`, target.name, signal);
  if (!pod || (target.uid !== undefined && pod.metadata.uid !== target.uid)) return new PodNotFoundError(target);
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return new PodEndedError(target, phase);
  const { nodeName: node } = pod.spec;
  if (node === undefined) return new PodNotScheduledError(target);
  const { uid, cgroupUid, hostNetwork, live } = localPod(pod);
  return { node, message: `${describeTarget(target)} is there.`, target: { ...target, uid, cgroupUid, hostNetwork }, isLive: live };
}
