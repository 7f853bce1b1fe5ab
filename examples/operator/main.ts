// The operator: installs the CRDs and the agents, follows PacketCaptureSets, and sees to what no agent can. Composed from
// the library by tsyringe.
import 'reflect-metadata';
import { CaptureError } from 'pcapper';
import { HealthServer, misspelledSettings, operatorHelp, OPERATOR_TOKENS, OPERATOR_VARIABLES, readOperatorSettings, registerOperator, TOKENS } from 'pcapper/di';
import { loadConnection } from 'pcapper/kubernetes';
import { pino } from 'pino';
import { container } from 'tsyringe';

const logger = pino();

async function main(): Promise<void> {
  // Heard from the first moment on. The Lease is given back at the end, so that another operator goes on at once.
  const asked = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => asked.abort(new Error(signal)));
  for (const hint of misspelledSettings(process.env, OPERATOR_VARIABLES, 'the operator')) logger.warn(hint);
  const settings = readOperatorSettings(process.env);
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

/** Told to people on stderr, to programs that read the log as a line of it. */
function failed(error: unknown): number {
  const { code, text } = CaptureError.is(error) ? { code: error.code, text: error.message } : { text: String((error as Error).stack) };
  logger.fatal({ code }, text);
  process.stderr.write(`${text}\n`);
  return 1;
}

const [option] = process.argv.slice(2);
if (option === '--help') {
  process.stdout.write(operatorHelp());
} else if (option !== undefined) {
  process.stderr.write(`${option} is no option: --help is the only one; the operator is set by environment variables.\n`);
  process.exitCode = 2;
} else {
  main().catch((error: unknown) => {
    process.exitCode = failed(error);
  });
}
