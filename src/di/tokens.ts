import type { InjectionToken } from 'tsyringe';
import type { KubernetesClient, NodePods, PacketCaptureSource, PodAnnotationSource } from '../adapters/kubernetes/index.ts';
import type { AgentSettings } from '../core/agent/agent-parts.ts';
import type { CaptureAgent } from '../core/agent/capture-agent.ts';
import type { CaptureDirectory } from '../core/capture-directory.ts';
import type { CaptureSource } from '../core/capture-source.ts';
import type { ClaimStrategy } from '../core/claim-strategy.ts';
import type { Clock } from '../core/clock.ts';
import type { DiskGuard } from '../core/disk-guard.ts';
import type { CaptureEngine } from '../core/engine/capture-engine.ts';
import type { EngineSettings } from '../core/engine/engine-parts.ts';
import type { InterfaceResolver } from '../core/interface-resolver.ts';
import type { Logger } from '../core/logger.ts';
import type { PodDirectory } from '../core/pod-directory.ts';
import type { ProgressSink } from '../core/progress-sink.ts';
import type { TcpdumpRunner } from '../core/tcpdump-runner.ts';

/** A token that knows the type of its part. */
export type Token<T> = symbol & InjectionToken<T>;

export function token<T>(name: string): Token<T> {
  return Symbol.for(`pcapper.${name}`);
}

/** One token a part. Registering another provider for a token replaces that part. */
export const TOKENS = {
  Clock: token<Clock>('Clock'),
  Logger: token<Logger>('Logger'),
  CaptureDirectory: token<CaptureDirectory>('CaptureDirectory'),
  DiskGuard: token<DiskGuard>('DiskGuard'),
  InterfaceResolver: token<InterfaceResolver>('InterfaceResolver'),
  TcpdumpRunner: token<TcpdumpRunner>('TcpdumpRunner'),
  EngineSettings: token<EngineSettings>('EngineSettings'),
  CaptureEngine: token<CaptureEngine>('CaptureEngine'),
  /** The watch of the node's Pods. */
  NodePods: token<NodePods>('NodePods'),
  PodDirectory: token<PodDirectory>('PodDirectory'),
  ClaimStrategy: token<ClaimStrategy>('ClaimStrategy'),
  KubernetesClient: token<KubernetesClient>('KubernetesClient'),
  PacketCaptureSource: token<PacketCaptureSource>('PacketCaptureSource'),
  PodAnnotationSource: token<PodAnnotationSource>('PodAnnotationSource'),
  CaptureSources: token<readonly CaptureSource[]>('CaptureSources'),
  ProgressSinks: token<readonly ProgressSink[]>('ProgressSinks'),
  AgentSettings: token<AgentSettings>('AgentSettings'),
  CaptureAgent: token<CaptureAgent>('CaptureAgent'),
} as const;
