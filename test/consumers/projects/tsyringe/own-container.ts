// The agent in a container that is there already: its claim rule is a decorated class of one's own, which gets our parts
// by their tokens and its own by their class.
import 'reflect-metadata';
import { type Claimable, type ClaimedTarget, type ClaimStrategy, type PodDirectory, PodOnNodeClaim } from 'pcapper';
import { TOKENS } from 'pcapper/di';
import { container, inject, injectable, singleton } from 'tsyringe';
import { runAgent } from './agent.js';

@singleton()
class AllowList {
  readonly names = new Set(['web-1']);
}

@injectable()
class AllowedClaim implements ClaimStrategy {
  readonly #inner: ClaimStrategy;

  constructor(
    @inject(TOKENS.PodDirectory) pods: PodDirectory,
    private readonly allowed: AllowList,
  ) {
    this.#inner = new PodOnNodeClaim(pods);
  }

  async claim(claimable: Claimable): Promise<ClaimedTarget | undefined> {
    return this.allowed.names.has(claimable.name) ? this.#inner.claim(claimable) : undefined;
  }
}

const ours = container.createChildContainer();
const told = await runAgent(ours, (parts) => parts.register(TOKENS.ClaimStrategy, { useClass: AllowedClaim }));
console.log(JSON.stringify({ told, global: container.isRegistered(TOKENS.CaptureAgent) }));
