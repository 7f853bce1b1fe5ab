import 'reflect-metadata';
import { join } from 'node:path';
import type { InterfaceResolver } from 'pcapper';
import { checkPrograms, openHostmount, readAgentSettings, registerPcapper, TOKENS } from 'pcapper/di';
import type { KubernetesConnection } from 'pcapper/kubernetes';
import { pino } from 'pino';
import { container } from 'tsyringe';
import { NAMESPACE, NODE } from './cluster.ts';

export interface AgentOptions {
  readonly connection: KubernetesConnection;
  /** Where captures go, and the agent's log. */
  readonly folder: string;
  /** Takes the place of the library's own. */
  readonly resolver: InterfaceResolver | undefined;
}

export const BUDGET = '64M';
export const LOG_FILE = 'agent.log';

/** The agent of one node, composed as in examples/standalone-agent, and at work. */
export async function startAgent({ connection, folder, resolver }: AgentOptions): Promise<AsyncDisposable> {
  await checkPrograms();
  const settings = readAgentSettings({ NODE_NAME: NODE, NAMESPACE, HOSTMOUNT: folder, MAX_TOTAL_FILESIZE: BUDGET, MIN_FREE_DISK: BUDGET });
  const logger = pino(pino.destination({ dest: join(folder, LOG_FILE), sync: true }));
  await using opened = new AsyncDisposableStack();
  const hostmount = opened.use(await openHostmount({ path: settings.hostmount, node: settings.nodeName, logger }));

  const parts = registerPcapper(container.createChildContainer(), { settings, hostmount, connection, logger });
  if (resolver) parts.register(TOKENS.InterfaceResolver, { useValue: resolver });
  opened.use(parts.resolve(TOKENS.KubernetesClient));

  await opened.use(parts.resolve(TOKENS.CaptureAgent)).start();
  return opened.move();
}
