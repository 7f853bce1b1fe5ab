import type { ClaimedPod, PodTarget } from '../../core/capture-target.ts';
import type { Claimable, ClaimStrategy } from '../../core/claim-strategy.ts';
import type { PodDirectory } from '../../core/pod-directory.ts';

/** Takes captures of Pods that live on this node. One whose Pod (of that uid, if it names one) is not there yet is taken when the Pod appears. */
export class PodOnNodeClaim implements ClaimStrategy {
  readonly #pods: PodDirectory;

  /** @param pods the Pods of this node */
  constructor(pods: PodDirectory) {
    this.#pods = pods;
  }

  /** Answers at once, from the Pods that are known: with the uid of the one that lives. */
  claim({ target }: Claimable): Promise<ClaimedPod | undefined> {
    return Promise.resolve(target.kind === 'pod' ? this.#claim(target) : undefined);
  }

  /** Starts the {@link PodDirectory}: resolves once the Pods of the node are known. */
  start(changed: () => void, signal: AbortSignal): Promise<void> {
    return this.#pods.start(changed, signal);
  }

  #claim(target: PodTarget): ClaimedPod | undefined {
    const pod = this.#pods.find(target.namespace, target.name);
    if (pod === undefined || !pod.live || (target.uid !== undefined && target.uid !== pod.uid)) return undefined;
    const { uid, cgroupUid, hostNetwork } = pod;
    return { ...target, uid, cgroupUid, hostNetwork };
  }
}
