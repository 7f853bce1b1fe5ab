// The operator: installs the CRDs and the agents, follows PacketCaptureSets, and sees to what no agent can. Composed from
// the library by tsyringe.
import 'reflect-metadata';
import { HealthServer, misspelledSettings, operatorHelp, OPERATOR_SETTING_LIST, OPERATOR_TOKENS, OPERATOR_VARIABLES, readOperatorSettings, registerOperator, runProgram, TOKENS } from 'pcapper/di';
import { loadConnection } from 'pcapper/kubernetes';
import { pino } from 'pino';
import { container } from 'tsyringe';

const logger = pino();

async function main(given: Readonly<Record<string, string | undefined>>): Promise<void> {
  // Heard from the first moment on. The Lease is given back at the end, so that another operator goes on at once.
  const asked = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => asked.abort(new Error(signal)));
  for (const hint of misspelledSettings(given, OPERATOR_VARIABLES, 'the operator')) logger.warn(hint);
  const settings = readOperatorSettings(given);
  logger.level = settings.logLevel;
  logger.info(settings, 'pcapper operator starts');
  const connection = await loadConnection({ ...(settings.kubeconfig && { kubeconfig: settings.kubeconfig }) });

  // Lease → CRDs, agents → targets, retention, sets. To replace a part, register another one for its token:
  // parts.register(OPERATOR_TOKENS.Targets, { useFactory: (from) => new MyTargets(from.resolve(OPERATOR_TOKENS.CaptureWatch)) });
  const parts = registerOperator(container.createChildContainer(), { settings, connection, logger });

  using _client = parts.resolve(TOKENS.KubernetesClient);
  using _leaseClient = parts.resolve(OPERATOR_TOKENS.LeaseClient);
  const operator = parts.resolve(OPERATOR_TOKENS.Operator);
  await using health = await HealthServer.start({ address: settings.healthAddress, port: settings.healthPort, ready: () => operator.ready });
  logger.info({ address: health.address }, 'health is served');

  await operator.run(asked.signal);
  logger.info('pcapper operator ends; the agents go on');
}

runProgram(main, { name: 'the operator', help: operatorHelp, settings: OPERATOR_SETTING_LIST, logger });
