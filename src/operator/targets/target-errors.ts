import { describeTarget, type PodTarget } from '../../core/capture-target.ts';
import { CaptureError } from '../../core/errors/index.ts';

/** There is no such Pod, at present. */
export class PodNotFoundError extends CaptureError {
  override readonly code = 'PodNotFound';

  constructor(target: PodTarget) {
    super({
      problem: `There is no ${describeTarget(target)}${target.uid === undefined ? '' : ` with the uid ${target.uid}`}.`,
      advice: 'The capture waits for it. If the name is wrong, delete the PacketCapture and create it again.',
    });
  }
}

/** The Pod has no node yet. */
export class PodNotScheduledError extends CaptureError {
  override readonly code = 'PodNotScheduled';

  constructor(target: PodTarget) {
    super({
      problem: `${describeTarget(target)} is on no node yet.`,
      advice: `The capture waits for it. See kubectl -n ${target.namespace} describe pod ${target.name}.`,
    });
  }
}

/** The Pod has no sandbox yet. */
export class PodNotRunningError extends CaptureError {
  override readonly code = 'PodNotRunning';

  constructor(target: PodTarget) {
    super({
      problem: `${describeTarget(target)} does not run yet.`,
      advice: `The capture waits for it. See kubectl -n ${target.namespace} describe pod ${target.name}.`,
    });
  }
}

/** The Pod has no processes any more. */
export class PodEndedError extends CaptureError {
  override readonly code = 'PodEnded';

  constructor(target: PodTarget, phase: string) {
    super({
      problem: `${describeTarget(target)} has ended (${phase}).`,
      advice: 'The capture waits for a Pod of that name that runs. To capture another one, delete the PacketCapture and create it again.',
    });
  }
}

/** There is no such node, at present. */
export class NodeNotFoundError extends CaptureError {
  override readonly code = 'NodeNotFound';

  constructor(node: string) {
    super({
      problem: `There is no node ${node}.`,
      advice: 'The capture waits for it. See kubectl get nodes for their names; if this one is wrong, delete the PacketCapture and create it again.',
    });
  }
}

/** The node of a capture is not in the cluster any more. */
export class NodeGoneError extends CaptureError {
  override readonly code = 'NodeGone';

  constructor(node: string) {
    super({ problem: `The node ${node} is gone from the cluster.`, advice: 'Files on it are lost with it, unless it comes back.' });
  }
}

/** The node of a capture does not answer. */
export class NodeNotReadyError extends CaptureError {
  override readonly code = 'NodeNotReady';

  constructor(node: string) {
    super({
      problem: `The node ${node} is not ready, so nothing is known of its captures.`,
      advice: `See kubectl describe node ${node}. What runs there goes on, or is gone on with when the node is back.`,
    });
  }
}

/** The node is well, and its agent is not. */
export class AgentNotReadyError extends CaptureError {
  override readonly code = 'AgentNotReady';

  constructor(node: string, namespace: string, hasPod: boolean) {
    super({
      problem: hasPod ? `The agent of node ${node} is not ready.` : `The node ${node} has no agent.`,
      advice: `See kubectl -n ${namespace} get pods -o wide --field-selector spec.nodeName=${node}. Its captures go on when it is back.`,
    });
  }
}

/** A Job has the capture, and the operator does not look after Jobs. */
export class NotDispatchedError extends CaptureError {
  override readonly code = 'NotDispatched';

  constructor() {
    super({
      problem: 'The capture is made by a Job, and the operator does not look after Jobs (DISPATCH=agent): its end will not be told.',
      advice: 'Run the operator with DISPATCH=job until it has ended, or delete the capture.',
    });
  }
}
