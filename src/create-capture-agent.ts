import type { AgentSettings } from './core/agent/agent-parts.ts';
import { CaptureAgent } from './core/agent/capture-agent.ts';
import type { CaptureSource } from './core/capture-source.ts';
import type { ClaimStrategy } from './core/claim-strategy.ts';
import type { CaptureEngine } from './core/engine/capture-engine.ts';
import type { ProgressSink } from './core/progress-sink.ts';
import { DEFAULT_AGENT_SETTINGS, whereFilesAre } from './agent-defaults.ts';

/** What {@link createCaptureAgent} puts together. */
export interface CaptureAgentOptions extends Partial<AgentSettings> {
  /** Made by {@link createCaptureEngine}. The agent suspends its captures when it is disposed; the engine stays yours to dispose. */
  readonly engine: CaptureEngine;
  /** Where requests come from, as `PacketCaptureSource` of `pcapper/kubernetes`, or your own. */
  readonly sources: readonly CaptureSource[];
  /** Decides what this node takes, as `PodOnNodeClaim`, or your own. */
  readonly claim: ClaimStrategy;
  /** Where progress goes, in this order. The one that records it at the origin comes first. */
  readonly sinks: readonly ProgressSink[];
}

/** Composes an agent. `await agent.start()` sends it to work. */
export function createCaptureAgent({ engine, sources, claim, sinks, ...settings }: CaptureAgentOptions): CaptureAgent {
  const { clock, logger, directory } = engine.parts;
  return new CaptureAgent(
    { engine, sources, claim, sinks, clock, logger },
    { ...DEFAULT_AGENT_SETTINGS, whereFilesAre: whereFilesAre({ node: engine.settings.node, directory: directory.path }), ...settings },
  );
}
