import type { ClaimStrategy } from './core/claim-strategy.ts';
import type { Clock } from './core/clock.ts';
import type { EngineSettings } from './core/engine/engine-parts.ts';
import type { InterfaceResolver } from './core/interface-resolver.ts';
import type { PodDirectory } from './core/pod-directory.ts';
import { FirstMatchClaim, NodeInterfaceClaim, PodOnNodeClaim } from './strategies/claim/index.ts';
import { InterfaceResolverChain, NodeInterfaceResolver, PodNetworkNamespaceResolver } from './strategies/interface/index.ts';

/** Pods by their network namespace, interfaces of the node by their name. */
export function defaultResolver(clock: Clock, { allowHostNetwork = false } = {}): InterfaceResolver {
  return new InterfaceResolverChain([new PodNetworkNamespaceResolver(clock, { allowHostNetwork }), new NodeInterfaceResolver()]);
}

/** Pods that live on this node, and interfaces of this node. */
export function defaultClaim(node: string, pods: PodDirectory): ClaimStrategy {
  return new FirstMatchClaim([new PodOnNodeClaim(pods), new NodeInterfaceClaim(node)]);
}

export const DEFAULT_ENGINE_SETTINGS: Omit<EngineSettings, 'node'> = {
  maxConcurrent: 32,
  targetPatience: 10_000,
  maxSegments: 100,
  promiscuous: ({ kind }) => kind === 'node',
};
