import type { NodeInterfaceTarget } from '../../core/capture-target.ts';
import type { Claimable, ClaimStrategy } from '../../core/claim-strategy.ts';

/** Takes captures of this node's own interfaces. Whether there is such an interface is for the resolver to say. */
export class NodeInterfaceClaim implements ClaimStrategy {
  readonly #node: string;

  /** @param node name of this node */
  constructor(node: string) {
    this.#node = node;
  }

  /** Answers at once: the target itself, where it is an interface of this node. */
  claim({ target }: Claimable): Promise<NodeInterfaceTarget | undefined> {
    return Promise.resolve(target.kind === 'node' && target.node === this.#node ? target : undefined);
  }
}
