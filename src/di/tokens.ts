/* eslint-disable @typescript-eslint/no-unnecessary-type-assertion -- an assertion is declared in the words written here; the names in a type argument would come in another order from build to build, and the API report with them */
import type { InjectionToken } from 'tsyringe';
import type { KubernetesClient, NodePods, PacketCaptureRecords } from '../adapters/kubernetes/index.ts';
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

/** One token a part, by what the others need of it. Registering another provider for a token replaces that part. */
export const TOKENS = {
  /** Time, in milliseconds. Default: `SystemClock`. Replace it in tests: `ManualClock`. */
  Clock: token<Clock>('Clock'),
  /** The log. Default: the option `logger`. Replace it when the parts are to log elsewhere than the rest of the program. */
  Logger: token<Logger>('Logger'),
  /** Manifests and files. Default: the folder of the option `hostmount`. Replace it for another store than a folder. */
  CaptureDirectory: token<CaptureDirectory>('CaptureDirectory'),
  /** Lets captures in by their bytes, and watches the disk. Default: `LedgerDiskGuard` with the settings `maxTotalFileSize` and `minFreeDisk`. Replace it for quotas of your own, as by tenant. */
  DiskGuard: token<DiskGuard>('DiskGuard'),
  /** From a target to a network namespace and a device. Default: the namespace of the Pod, then an interface of the node. Replace it for another CNI, or for devices of your own. */
  InterfaceResolver: token<InterfaceResolver>('InterfaceResolver'),
  /** Runs tcpdump. Default: `TcpdumpProcessRunner`. Replace it for another capture program, and in tests. */
  TcpdumpRunner: token<TcpdumpRunner>('TcpdumpRunner'),
  /** How the engine works; times in milliseconds. Default: the settings, else `DEFAULT_ENGINE_SETTINGS`. Replace it for what the environment does not offer. */
  EngineSettings: token<EngineSettings>('EngineSettings'),
  /** The captures of this node. Default: a `CaptureEngine` of the parts above. Replace it to share one engine with other code. */
  CaptureEngine: token<CaptureEngine>('CaptureEngine'),
  /** One watch of the node's Pods. Default: `NodePods` by the `KubernetesClient`. Replace it to share a watch that you have. */
  NodePods: token('NodePods') as Token<Pick<NodePods, 'annotated' | 'find' | 'start'>>,
  /** Finds a Pod for a claim. Default: the `NodePods`. Replace it when Pods are known from elsewhere. */
  PodDirectory: token<PodDirectory>('PodDirectory'),
  /** What this node takes. Default: Pods on this node, then the node's interfaces. Replace it for rules of your own: by namespace, label, hour. */
  ClaimStrategy: token<ClaimStrategy>('ClaimStrategy'),
  /** Calls the API server. Default: one of the option `connection`, 8 requests at a time, 30 s each. Replace it for other limits, or to measure. */
  KubernetesClient: token<KubernetesClient>('KubernetesClient'),
  /** PacketCaptures as requests, and what is known of them to who writes their status. Default: `PacketCaptureSource`. Replaced rarely. */
  PacketCaptureSource: token<CaptureSource & PacketCaptureRecords>('PacketCaptureSource'),
  /** Annotations of Pods as requests. Default: `PodAnnotationSource`. Replaced rarely. */
  PodAnnotationSource: token<CaptureSource>('PodAnnotationSource'),
  /** Where requests come from. Default: the sources of the setting `sources`. Replace it to add a resource or a queue of your own. */
  CaptureSources: token<readonly CaptureSource[]>('CaptureSources'),
  /** Whom progress is told to, one after the other. Default: status, Events, log, metrics; in the one-shot mode log and termination log. Replace it to tell more: a webhook, an upload. */
  ProgressSinks: token<readonly ProgressSink[]>('ProgressSinks'),
  /** How the agent works; times in milliseconds. It is the `AgentSettings` of `pcapper`. Default: the settings, else 30 s, 2 s, …, as its fields say. Replace it for what the environment does not offer. */
  AgentSettings: token<AgentSettings>('AgentSettings'),
  /** Sources, claim, engine and sinks put together; to be started by you. Default: a `CaptureAgent` of the parts above. Replaced rarely. */
  CaptureAgent: token<CaptureAgent>('CaptureAgent'),
} as const;
