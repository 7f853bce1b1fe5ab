import { type Claimable, type ClaimedTarget, type ClaimStrategy, type PodDirectory, PodOnNodeClaim } from 'pcapper';

/** Takes the Pods of this node, except those whose packets nobody is to see. */
export class IncidentClaim implements ClaimStrategy {
  readonly #onNode: PodOnNodeClaim;
  readonly #privateNamespaces: readonly string[];

  constructor(pods: PodDirectory, privateNamespaces: readonly string[]) {
    this.#onNode = new PodOnNodeClaim(pods);
    this.#privateNamespaces = privateNamespaces;
  }

  start(changed: () => void, signal: AbortSignal): Promise<void> {
    return this.#onNode.start(changed, signal);
  }

  async claim(claimable: Claimable): Promise<ClaimedTarget | undefined> {
    const { target } = claimable;
    const isPrivate = target.kind === 'pod' && this.#privateNamespaces.includes(target.namespace);
    return isPrivate ? undefined : this.#onNode.claim(claimable);
  }
}
