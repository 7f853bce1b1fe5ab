import type { DependencyContainer } from 'tsyringe';
import type { AgentSettings as AgentEnvironment, SourceName } from '../adapters/environment/agent-settings.ts';
import type { Hostmount } from '../adapters/disk/open-hostmount.ts';
import {
  aboutAnnotatedPod,
  aboutPacketCapture,
  EventSink,
  KubernetesClient,
  type KubernetesConnection,
  NodePods,
  PacketCaptureSource,
  PacketCaptureStatusSink,
  POD_ANNOTATION,
  PodAnnotationSource,
} from '../adapters/kubernetes/index.ts';
import { LogSink } from '../adapters/log/log-sink.ts';
import type { AgentMetrics } from '../adapters/metrics/agent-metrics.ts';
import { CaptureAgent } from '../core/agent/capture-agent.ts';
import type { CaptureSource } from '../core/capture-source.ts';
import { quote } from '../core/errors/index.ts';
import type { Logger } from '../core/logger.ts';
import { DEFAULT_AGENT_SETTINGS, whereFilesAre } from '../agent-defaults.ts';
import { defaultClaim } from '../default-parts.ts';
import { AGENT_SETTINGS, checkHostmount, checkRegistration, CONNECTION, HOSTMOUNT, LOGGER, METRICS } from './check-registration.ts';
import { partsOf } from './parts-of.ts';
import { registerEngine } from './register-engine.ts';
import { type Token, TOKENS } from './tokens.ts';

/** What {@link registerPcapper} makes the parts of. */
export interface PcapperOptions {
  /** Of `readAgentSettings`: times in milliseconds, sizes in bytes, defaults filled in. The kubeconfig and the health address are not used here. */
  readonly settings: AgentEnvironment;
  /** Of `openHostmount`, opened under `settings.nodeName`. Whoever opened it disposes it, after the agent. */
  readonly hostmount: Hostmount;
  /** Of `loadConnection`. Nobody is called before the agent is started. */
  readonly connection: KubernetesConnection;
  /** Told what every part does: a pino logger fits. For silence: `silentLogger`. */
  readonly logger: Logger;
  /** Of `createAgentMetrics`: counts what happens. Absent: nobody counts. */
  readonly metrics?: AgentMetrics | undefined;
}

/**
 * Registers every part of the agent by its token, each made when it is first asked for. What is registered afterwards
 * under the same token takes its place.
 * @param container one of your own: a child of tsyringe's, or of {@link createContainer}. It may have parts of your own already.
 * @returns the same container.
 * @throws SettingInvalidError for tsyringe's global container, for options that are missing or of something else, and for a
 * hostmount of another node.
 */
export function registerPcapper(container: DependencyContainer, options: PcapperOptions): DependencyContainer {
  checkRegistration('registerPcapper', container, options, { settings: AGENT_SETTINGS, hostmount: HOSTMOUNT, connection: CONNECTION, logger: LOGGER, metrics: METRICS });
  const { settings, hostmount, connection, logger, metrics } = options;
  const { nodeName: node, namespace } = settings;
  checkHostmount('registerPcapper', hostmount, node, `settings of ${quote(node)}`);
  const part = partsOf(container);
  registerEngine(container, { settings, hostmount, logger });

  const api = (the: <P>(token: Token<P>) => P) => ({
    client: the(TOKENS.KubernetesClient),
    clock: the(TOKENS.Clock),
    logger: the(TOKENS.Logger),
    relisted: () => metrics?.countRelist(),
  });
  part(TOKENS.KubernetesClient, () => new KubernetesClient(connection, { observe: (outcome) => metrics?.countApiCall(outcome) }));
  part(TOKENS.NodePods, (the) => new NodePods({ ...api(the), node }));
  part(TOKENS.PodDirectory, (the) => the(TOKENS.NodePods));
  part(TOKENS.ClaimStrategy, (the) => defaultClaim(node, the(TOKENS.PodDirectory)));
  part(TOKENS.PacketCaptureSource, (the) => new PacketCaptureSource({ ...api(the), namespace, node }));
  part(TOKENS.PodAnnotationSource, (the) => new PodAnnotationSource({
    ...api(the),
    pods: the(TOKENS.NodePods),
    refusalOf: (request) => the(TOKENS.CaptureEngine).refusalOf(request),
  }));
  const tokens = { packetcapture: TOKENS.PacketCaptureSource, annotation: TOKENS.PodAnnotationSource } as const satisfies Record<SourceName, symbol>;
  part(TOKENS.CaptureSources, (the) => settings.sources.map((source) => the<CaptureSource>(tokens[source])));
  const hasResources = settings.sources.includes('packetcapture');
  part(TOKENS.ProgressSinks, (the) => {
    const [aboutCapture, aboutPod] = [aboutPacketCapture(namespace), aboutAnnotatedPod(the(TOKENS.NodePods))];
    return [
      ...(hasResources ? [new PacketCaptureStatusSink({ ...api(the), records: the(TOKENS.PacketCaptureSource), namespace })] : []),
      new EventSink({
        ...api(the),
        about: (report) => aboutCapture(report) ?? aboutPod(report),
        instance: settings.podName === undefined ? node : `${node}/${settings.podName}`,
      }),
      new LogSink(the(TOKENS.Logger)),
      ...(metrics ? [metrics] : []),
    ];
  });

  part(TOKENS.AgentSettings, () => ({
    ...DEFAULT_AGENT_SETTINGS,
    scanInterval: settings.scanInterval,
    ...(settings.keepFilesFor !== undefined && { keepFilesFor: settings.keepFilesFor }),
    ...(settings.filesAtExit === 'remove' && { removeAtExit: [POD_ANNOTATION] }),
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
