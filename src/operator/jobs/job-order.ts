import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { parseOrder } from '../../api/one-shot/capture-order.ts';
import type { ClaimedTarget } from '../../core/capture-target.ts';

/** What a Job captures, as it says itself. */
export interface OrderedCapture {
  /** `metadata.name` of the Node that its Pods are bound to. */
  readonly node: string;
  /** What is captured there. */
  readonly target: ClaimedTarget;
}

/** Parts of what `captureJob` makes. */
interface JobFields {
  readonly spec?: { readonly template?: { readonly spec?: PodSpec } };
}

interface PodSpec {
  readonly affinity?: { readonly nodeAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly NodeTerm[] } } };
  readonly containers?: readonly { readonly env?: readonly { readonly name: string; readonly value?: string }[] }[];
}

interface NodeTerm {
  readonly matchFields?: readonly { readonly values?: readonly string[] }[];
}

/** `undefined` for a Job that was made by something else, or changed. */
export function orderedCapture(object: KubernetesObject): OrderedCapture | undefined {
  const { spec } = (object as KubernetesObject & JobFields).spec?.template ?? {};
  const node = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.[0]?.matchFields?.[0]?.values?.[0];
  const order = spec?.containers?.[0]?.env?.find(({ name }) => name === 'CAPTURE_ORDER')?.value;
  if (node === undefined || order === undefined) return undefined;
  try {
    // As the kubelet reads it (EnvVar.value).
    return { node, target: parseOrder(order.replaceAll('$$', '$')).target };
  } catch {
    return undefined;
  }
}
