import type { DependencyContainer } from 'tsyringe';
import type { AgentSettings as AgentEnvironment } from '../adapters/environment/agent-settings.ts';
import type { Hostmount } from '../adapters/disk/open-hostmount.ts';
import {
  aboutPacketCapture,
  EventSink,
  KubernetesClient,
  type KubernetesConnection,
  NodePods,
  PacketCaptureSource,
  PacketCaptureStatusSink,
} from '../adapters/kubernetes/index.ts';
import { LogSink } from '../adapters/log/log-sink.ts';
import type { AgentMetrics } from '../adapters/metrics/agent-metrics.ts';
import { SystemClock } from '../adapters/system-clock.ts';
import { TcpdumpProcessRunner } from '../adapters/tcpdump/tcpdump-process-runner.ts';
import { CaptureAgent } from '../core/agent/capture-agent.ts';
import { CaptureEngine } from '../core/engine/capture-engine.ts';
import type { Logger } from '../core/logger.ts';
import { DEFAULT_AGENT_SETTINGS, whereFilesAre } from '../agent-defaults.ts';
import { DEFAULT_ENGINE_SETTINGS, defaultClaim, defaultResolver } from '../default-parts.ts';
import { LedgerDiskGuard } from '../strategies/disk/ledger-disk-guard.ts';
import { onceMade } from './caching-factory.ts';
import { type Token, TOKENS } from './tokens.ts';

export interface PcapperOptions {
  readonly settings: AgentEnvironment;
  readonly hostmount: Hostmount;
  readonly connection: KubernetesConnection;
  readonly logger: Logger;
  /** Counts what happens; absent: nobody counts. */
  readonly metrics?: AgentMetrics | undefined;
}

/**
 * Registers every part of the agent by its token, each made when it is first asked for. What is registered afterwards
 * under the same token takes its place.
 */
export function registerPcapper(container: DependencyContainer, options: PcapperOptions): DependencyContainer {
  const { settings, hostmount, connection, logger, metrics } = options;
  const { nodeName: node, namespace } = settings;
  const part = <T>(token: Token<T>, make: (the: <P>(token: Token<P>) => P) => T) => {
    container.register(token, { useFactory: onceMade((from) => make((other) => from.resolve(other))) });
  };

  part(TOKENS.Clock, () => new SystemClock());
  part(TOKENS.Logger, () => logger);

  part(TOKENS.CaptureDirectory, () => hostmount.directory);
  part(TOKENS.DiskGuard, (the) => new LedgerDiskGuard(
    { ledger: hostmount.ledger, meter: hostmount.meter, clock: the(TOKENS.Clock), logger: the(TOKENS.Logger) },
    { node, maxTotal: settings.maxTotalFileSize, minFree: settings.minFreeDisk },
  ));
  part(TOKENS.InterfaceResolver, (the) => defaultResolver(the(TOKENS.Clock), settings));
  part(TOKENS.TcpdumpRunner, (the) => new TcpdumpProcessRunner({ clock: the(TOKENS.Clock), logger: the(TOKENS.Logger) }));
  part(TOKENS.EngineSettings, () => ({ ...DEFAULT_ENGINE_SETTINGS, node, maxConcurrent: settings.maxConcurrentCaptures }));
  part(TOKENS.CaptureEngine, (the) => new CaptureEngine(
    {
      directory: the(TOKENS.CaptureDirectory),
      guard: the(TOKENS.DiskGuard),
      resolver: the(TOKENS.InterfaceResolver),
      runner: the(TOKENS.TcpdumpRunner),
      clock: the(TOKENS.Clock),
      logger: the(TOKENS.Logger),
    },
    the(TOKENS.EngineSettings),
  ));

  const api = (the: <P>(token: Token<P>) => P) => ({
    client: the(TOKENS.KubernetesClient),
    clock: the(TOKENS.Clock),
    logger: the(TOKENS.Logger),
    relisted: () => metrics?.countRelist(),
  });
  part(TOKENS.KubernetesClient, () => new KubernetesClient(connection, { observe: (outcome) => metrics?.countApiCall(outcome) }));
  part(TOKENS.PodDirectory, (the) => new NodePods({ ...api(the), node }));
  part(TOKENS.ClaimStrategy, (the) => defaultClaim(node, the(TOKENS.PodDirectory)));
  part(TOKENS.PacketCaptureSource, (the) => new PacketCaptureSource({ ...api(the), namespace, node }));
  part(TOKENS.CaptureSources, (the) => [the(TOKENS.PacketCaptureSource)]);
  part(TOKENS.ProgressSinks, (the) => [
    new PacketCaptureStatusSink({ ...api(the), records: the(TOKENS.PacketCaptureSource), namespace }),
    new EventSink({ ...api(the), about: aboutPacketCapture(namespace), instance: settings.podName === undefined ? node : `${node}/${settings.podName}` }),
    new LogSink(the(TOKENS.Logger)),
    ...(metrics ? [metrics] : []),
  ]);

  part(TOKENS.AgentSettings, () => ({
    ...DEFAULT_AGENT_SETTINGS,
    scanInterval: settings.scanInterval,
    ...(settings.keepFilesFor !== undefined && { keepFilesFor: settings.keepFilesFor }),
    whereFilesAre: whereFilesAre({ node, namespace, directory: settings.hostmount, pod: settings.podName }),
  }));
  part(TOKENS.CaptureAgent, (the) => new CaptureAgent(
    {
      sources: the(TOKENS.CaptureSources),
      claim: the(TOKENS.ClaimStrategy),
      engine: the(TOKENS.CaptureEngine),
      sinks: the(TOKENS.ProgressSinks),
      clock: the(TOKENS.Clock),
      logger: the(TOKENS.Logger),
    },
    the(TOKENS.AgentSettings),
  ));
  return container;
}
