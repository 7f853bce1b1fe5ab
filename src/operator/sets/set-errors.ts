import { MAX_STATUS_CAPTURES, PACKET_CAPTURE, PACKET_CAPTURE_SET } from '../../api/v1alpha1/index.ts';
import { CaptureError } from '../../core/errors/index.ts';
import { listed } from '../../core/listed.ts';

/** A Pod came and went before its capture began. */
export class PodGoneError extends CaptureError {
  override readonly code = 'PodGone';

  constructor(pod: string, uid: string) {
    super({
      problem: `Pod ${pod} of uid ${uid} was gone before an agent began to capture it.`,
      advice: 'A Pod that takes its place has a capture of its own.',
    });
  }
}

/** The time of a set was over before an agent took one of its captures. */
export class NotTakenError extends CaptureError {
  override readonly code = 'NotTaken';

  constructor(pod: string, namespace: string) {
    super({
      problem: `No agent took the capture of Pod ${pod} before the time of its set was over.`,
      advice: `See whether an agent runs on the node of the Pod: kubectl get pods -n ${namespace} -o wide.`,
    });
  }
}

/** The name that the capture of a Pod has to have is something else's. */
export class ChildNameTakenError extends CaptureError {
  override readonly code = 'NameTaken';

  constructor(child: string, set: string, pod: string, namespace: string) {
    super({
      problem: `Pod ${pod} is not captured: there is a ${PACKET_CAPTURE.kind} ${child} that the ${PACKET_CAPTURE_SET.kind} ${set} has not made for that Pod.`,
      advice: `Delete it with kubectl -n ${namespace} delete ${PACKET_CAPTURE.shortNames[0]} ${child}, or create a ${PACKET_CAPTURE_SET.kind} of another name.`,
    });
  }
}

/** More Pods match than a set may capture. */
export class MaxPodsReachedError extends CaptureError {
  override readonly code = 'MaxPodsReached';

  constructor(maxPods: number, beyond: readonly string[]) {
    super({
      problem: `maxPods is ${maxPods}, and as many Pods were captured since the set began: ${listed(beyond)} ${beyond.length === 1 ? 'is' : 'are'} not captured.`,
      advice: `Create another ${PACKET_CAPTURE_SET.kind} for them, or one with more maxPods (at most ${MAX_STATUS_CAPTURES}).`,
    });
  }
}
