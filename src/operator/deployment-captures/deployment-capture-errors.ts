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

/** Something else has the name that a Job needs. */
export class JobNameTakenError extends CaptureError {
  override readonly code = 'JobNameTaken';

  constructor(job: string, pod: string, namespace: string) {
    super({
      problem: `Pod ${pod} is not captured: there is a Job ${job} that no PacketCapture has made for that Pod.`,
      advice: `Delete it with kubectl -n ${namespace} delete job ${job}, or create the PacketCapture with another jobId.`,
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

/** Somebody has deleted a Job before its end was known. */
export class JobDeletedError extends CaptureError {
  override readonly code = 'JobDeleted';

  constructor(job: string) {
    super({
      problem: `The Job ${job} was deleted before it had told its end.`,
      advice: 'What was written stays on the node. To capture the Pod again, create a PacketCapture with another jobId.',
    });
  }
}

/** The Job of a resource that is gone has the name, for a moment. */
export class JobNotRemovedError extends CaptureError {
  override readonly code = 'JobNotRemoved';

  constructor(job: string, pod: string) {
    super({
      problem: `Pod ${pod} is not captured yet: the Job ${job} of a PacketCapture that is gone is being removed.`,
      advice: 'It is captured as soon as that is done.',
    });
  }
}
