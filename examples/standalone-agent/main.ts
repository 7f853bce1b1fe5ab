// The agent of one node: PacketCaptures in, files and truthful status out. Composed from the library by tsyringe.
import 'reflect-metadata';
import { once } from 'node:events';
import { AGENT_SETTING_LIST, agentHelp, checkPrograms, createAgentMetrics, describeSettings, HealthServer, misspelledSettings, openHostmount, readAgentSettings, registerPcapper, runProgram, tellFailure, TOKENS } from 'pcapper/di';
import { loadConnection } from 'pcapper/kubernetes';
import { pino } from 'pino';
import { container } from 'tsyringe';
import { oneShot } from './one-shot.ts';

const logger = pino();

async function main(given: Readonly<Record<string, string | undefined>>): Promise<void> {
  // Heard from the first moment on: who is told to end while it starts must not leave captures behind either.
  const asked = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  for (const hint of misspelledSettings(given)) logger.warn(hint);
  const settings = readAgentSettings(given);
  logger.level = settings.logLevel;
  logger.info(describeSettings(settings), 'pcapper agent starts');

  // What has to be there: tcpdump, the folder (for this agent alone), the API server's address.
  await checkPrograms();
  await using hostmount = await openHostmount({ path: settings.hostmount, node: settings.nodeName, logger });
  // Another agent has got in: what this one did from now on would be done twice.
  hostmount.lost.addEventListener('abort', () => process.exit(tellFailure(hostmount.lost.reason, logger)));
  const connection = await loadConnection({ ...(settings.kubeconfig && { kubeconfig: settings.kubeconfig }) });
  const metrics = settings.metricsEnabled ? await createAgentMetrics() : undefined;

  // Sources → claim → reserve → resolve → run → sinks. To replace a part, register another one for its token:
  // parts.register(TOKENS.InterfaceResolver, { useValue: new MyResolver() });
  const parts = registerPcapper(container.createChildContainer(), { settings, hostmount, connection, logger, metrics });

  using _client = parts.resolve(TOKENS.KubernetesClient);
  await using agent = parts.resolve(TOKENS.CaptureAgent);
  metrics?.read({
    load: () => parts.resolve(TOKENS.CaptureEngine).load,
    queueDepth: () => agent.queueDepth,
    disk: () => parts.resolve(TOKENS.DiskGuard).usage(),
  });
  await using health = await HealthServer.start({
    address: settings.healthAddress,
    port: settings.healthPort,
    ready: () => agent.ready,
    metrics: metrics && (() => metrics.text()),
  });

  logger.info({ address: health.address }, 'health is served');

  await agent.start();
  logger.info('pcapper agent is at work');
  await asked;
  logger.info('pcapper agent ends; its captures are suspended');
}

runProgram(main, { name: 'the agent', help: agentHelp, settings: AGENT_SETTING_LIST, modes: { once: oneShot(logger) }, logger });
