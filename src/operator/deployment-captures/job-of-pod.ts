import type { DeploymentCaptureSpec } from '../../api/openshift/index.ts';
import { DEFAULT_LIMITS } from '../../core/capture-request.ts';
import type { AgentsSettings } from '../agents/agents-settings.ts';
import { captureJob, captureJobName } from '../jobs/capture-job.ts';
import type { KnownPod } from '../sets/known-pod.ts';
import { ownerReference } from './config-map.ts';
import { copiedLabels, type Labelled } from './copied-labels.ts';

export interface JobOfPodOptions {
  readonly capture: Labelled & { readonly uid: string; readonly createdAt: string };
  readonly spec: DeploymentCaptureSpec;
  readonly pod: KnownPod & { readonly node: string };
  readonly settings: AgentsSettings;
  /** Name of the ConfigMap that holds them. */
  readonly configMap: string;
  /** Of the Jobs. */
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** `{podName}-{jobId}`; where that is too long the Pod's name is cut, the same way every time. */
export function jobNameOf({ jobId }: Pick<DeploymentCaptureSpec, 'jobId'>, { name }: Pick<KnownPod, 'name'>): string {
  return captureJobName(name, jobId);
}

/** The Job that captures one Pod of a Deployment for the whole duration, from the device of its default route. */
export function jobOfPod({ capture, spec, pod, settings, configMap, namespace, serviceAccount }: JobOfPodOptions): ReturnType<typeof captureJob> {
  const name = jobNameOf(spec, pod);
  const createdAt = Date.parse(capture.createdAt);
  const target = { kind: 'pod', namespace: spec.targetNamespace, name: pod.name, uid: pod.uid } as const;
  const request = {
    // One capture for each Pod of a resource, which other resources' captures of the same Pod are not mistaken for.
    uid: `${capture.uid}.${pod.uid}`,
    name,
    ...(!Number.isNaN(createdAt) && { createdAt }),
    target,
    limits: { ...DEFAULT_LIMITS, seconds: Number(spec.duration) },
  };
  return captureJob({
    name,
    namespace,
    serviceAccount,
    owner: ownerReference(capture),
    node: pod.node,
    // The kubelet gives a Pod of a Deployment the uid that the API server knows; only static ones differ.
    order: { request, target: { ...target, cgroupUid: pod.uid, hostNetwork: pod.hostNetwork } },
    settings,
    configMap,
    labels: copiedLabels(capture),
  });
}
