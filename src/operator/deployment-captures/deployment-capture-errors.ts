import { MAX_STATUS_PODS } from '../../api/openshift/index.ts';
import { CaptureError } from '../../core/errors/index.ts';
import { listed } from '../../core/listed.ts';

/** Another capture has a Job of that name: both have the same jobId. */
export class JobIdTakenError extends CaptureError {
  override readonly code = 'JobIdTaken';

  constructor(job: string, pod: string, other: string) {
    super({
      problem: `Pod ${pod} is not captured: the Job ${job} is that of the PacketCapture ${other}, which has the same jobId.`,
      advice: `Create the PacketCapture with another jobId, or delete ${other}.`,
    });
  }
}

/** Something else has the names that the ConfigMap of a Deployment could have. */
export class ConfigMapNameTakenError extends CaptureError {
  override readonly code = 'ConfigMapNameTaken';

  constructor(names: readonly string[], namespace: string) {
    super({
      problem: `The settings of the Jobs cannot be kept: ${names.length === 1 ? 'there is a ConfigMap' : 'there are ConfigMaps'} ${names.join(' and ')} that no PacketCapture has made for this Deployment.`,
      advice: `Delete the last of them with kubectl -n ${namespace} delete configmap ${names.at(-1) ?? ''}.`,
    });
  }
}

/** The Deployment has more Pods than one resource tells of. */
export class TooManyPodsError extends CaptureError {
  override readonly code = 'TooManyPods';

  constructor(beyond: readonly string[]) {
    super({
      problem: `${MAX_STATUS_PODS} Pods were captured, and one PacketCapture captures no more: ${listed(beyond)} ${beyond.length === 1 ? 'is' : 'are'} not captured.`,
      advice: 'Create another PacketCapture for them, with another jobId, when this one has ended.',
    });
  }
}
