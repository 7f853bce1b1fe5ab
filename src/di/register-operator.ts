import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { DependencyContainer } from 'tsyringe';
import type { OperatorSettings } from '../adapters/environment/operator-settings.ts';
import { EventPost, KubernetesClient, type KubernetesConnection } from '../adapters/kubernetes/index.ts';
import { SystemClock } from '../adapters/system-clock.ts';
import { packetCaptureCrd, packetCaptureSetCrd } from '../api/v1alpha1/index.ts';
import type { Logger } from '../core/logger.ts';
import {
  AgentPods,
  AgentsConfig,
  AgentsKeeper,
  CaptureWatch,
  CrdKeeper,
  DEPLOYMENT_CAPTURE_CRD,
  DEPLOYMENT_CAPTURE_CRD_RULES,
  DeploymentCaptures,
  JobDispatcher,
  JobWatch,
  LeaderElection,
  Operator,
  OPERATOR_LEASE,
  OwnInstallation,
  PacketCaptureSets,
  Retention,
  Targets,
  WhileCrdServed,
} from '../operator/index.ts';
import { onceMadePerContainer } from './caching-factory.ts';
import { checkRegistration, CONNECTION, LOGGER, OPERATOR_SETTINGS } from './check-registration.ts';
import { partsOf } from './parts-of.ts';
import { type Token, TOKENS } from './tokens.ts';
import { OPERATOR_TOKENS } from './operator-tokens.ts';

/** What {@link registerOperator} makes the parts of. */
export interface RegisterOperatorOptions {
  /** Of `readOperatorSettings`, defaults filled in. The kubeconfig and the health address are not used here. */
  readonly settings: OperatorSettings;
  /** Of `loadConnection`. Nobody is called before the operator is run. */
  readonly connection: KubernetesConnection;
  /** Told what every part does: a pino logger fits. For silence: `silentLogger`. */
  readonly logger: Logger;
}

/**
 * Registers every part of the operator by its token, each made when it is first asked for; the controllers anew for each
 * term of leadership. What is registered afterwards under the same token takes its place.
 * @param container one of your own, as for `registerPcapper`; for each term a child of it is made.
 * @returns the same container.
 * @throws SettingInvalidError for tsyringe's global container, and for options that are missing or of something else.
 */
export function registerOperator(container: DependencyContainer, options: RegisterOperatorOptions): DependencyContainer {
  checkRegistration('registerOperator', container, options, { settings: OPERATOR_SETTINGS, connection: CONNECTION, logger: LOGGER });
  const { settings, connection, logger } = options;
  const { namespace, deployment, configMap } = settings;
  type The = <P>(token: Token<P>) => P;
  const theOf = (from: DependencyContainer): The => (token) => from.resolve(token);
  const instance = settings.podName ?? hostname();

  // For the life of the process.
  const part = partsOf(container);
  part(TOKENS.Clock, () => new SystemClock());
  part(TOKENS.Logger, () => logger);
  part(TOKENS.KubernetesClient, () => new KubernetesClient(connection));
  part(OPERATOR_TOKENS.LeaseClient, () => new KubernetesClient(connection));
  const base = (the: The) => ({ client: the(TOKENS.KubernetesClient), clock: the(TOKENS.Clock), logger: the(TOKENS.Logger), namespace });
  part(OPERATOR_TOKENS.OwnInstallation, (the) => new OwnInstallation({ client: the(TOKENS.KubernetesClient), namespace, deployment }));
  part(OPERATOR_TOKENS.LeaderElection, (the) => new LeaderElection({
    ...base(the),
    client: the(OPERATOR_TOKENS.LeaseClient),
    name: OPERATOR_LEASE,
    // A container that is restarted in its Pod is another candidate.
    identity: `${instance}_${randomUUID()}`,
  }));
  part(OPERATOR_TOKENS.Operator, (the) => new Operator({
    election: the(OPERATOR_TOKENS.LeaderElection),
    logger: the(TOKENS.Logger),
    term: () => theOf(container.createChildContainer())(OPERATOR_TOKENS.TermParts),
  }));

  // For one term: from the container that asks.
  const termPart = <T>(token: Token<T>, make: (the: The) => T) => {
    container.register(token, { useFactory: onceMadePerContainer((from) => make(theOf(from))) });
  };
  const keeper = (the: The) => ({ ...base(the), installation: the(OPERATOR_TOKENS.OwnInstallation) });
  termPart(OPERATOR_TOKENS.Events, (the) => new EventPost({ ...base(the), controller: 'pcapper.io/operator', instance }));
  termPart(OPERATOR_TOKENS.CrdKeeper, (the) => new CrdKeeper({ ...keeper(the), crds: [packetCaptureCrd(), packetCaptureSetCrd()] }));
  termPart(OPERATOR_TOKENS.AgentsConfig, (the) => new AgentsConfig({
    ...base(the),
    events: the(OPERATOR_TOKENS.Events),
    configMap,
    image: settings.agentImage,
  }));
  termPart(OPERATOR_TOKENS.AgentsKeeper, (the) => new AgentsKeeper({
    ...keeper(the),
    config: the(OPERATOR_TOKENS.AgentsConfig),
    serviceAccount: settings.agentServiceAccount,
  }));
  termPart(OPERATOR_TOKENS.CaptureWatch, (the) => new CaptureWatch(base(the)));
  termPart(OPERATOR_TOKENS.AgentPods, (the) => new AgentPods(base(the)));
  termPart(OPERATOR_TOKENS.Retention, (the) => new Retention({ ...base(the), captures: the(OPERATOR_TOKENS.CaptureWatch) }));
  termPart(OPERATOR_TOKENS.Targets, (the) => new Targets({
    ...base(the),
    captures: the(OPERATOR_TOKENS.CaptureWatch),
    agents: the(OPERATOR_TOKENS.AgentPods),
    events: the(OPERATOR_TOKENS.Events),
    dispatch: settings.dispatch,
  }));
  termPart(OPERATOR_TOKENS.JobWatch, (the) => new JobWatch(base(the)));
  termPart(OPERATOR_TOKENS.JobDispatcher, (the) => new JobDispatcher({
    ...base(the),
    captures: the(OPERATOR_TOKENS.CaptureWatch),
    jobs: the(OPERATOR_TOKENS.JobWatch),
    config: the(OPERATOR_TOKENS.AgentsConfig),
    events: the(OPERATOR_TOKENS.Events),
    serviceAccount: settings.agentServiceAccount,
  }));
  termPart(OPERATOR_TOKENS.DeploymentCaptures, (the) => new WhileCrdServed({
    ...base(the),
    crd: DEPLOYMENT_CAPTURE_CRD,
    rules: DEPLOYMENT_CAPTURE_CRD_RULES,
    make: () => new DeploymentCaptures({
      ...base(the),
      jobs: the(OPERATOR_TOKENS.JobWatch),
      config: the(OPERATOR_TOKENS.AgentsConfig),
      serviceAccount: settings.agentServiceAccount,
    }),
  }));
  termPart(OPERATOR_TOKENS.PacketCaptureSets, (the) => new PacketCaptureSets(base(the)));
  termPart(OPERATOR_TOKENS.TermParts, (the) => {
    const [targets, sets, retention, events] = [the(OPERATOR_TOKENS.Targets), the(OPERATOR_TOKENS.PacketCaptureSets), the(OPERATOR_TOKENS.Retention), the(OPERATOR_TOKENS.Events)];
    const dispatchers = settings.dispatch === 'job' ? [the(OPERATOR_TOKENS.JobDispatcher), the(OPERATOR_TOKENS.DeploymentCaptures)] : [];
    return {
      crds: the(OPERATOR_TOKENS.CrdKeeper),
      agents: settings.dispatch === 'job' ? the(OPERATOR_TOKENS.AgentsConfig) : the(OPERATOR_TOKENS.AgentsKeeper),
      // The Jobs come before who makes them, and the captures after all who listen to them.
      controllers: [...(dispatchers.length > 0 ? [the(OPERATOR_TOKENS.JobWatch)] : []), ...dispatchers, targets, the(OPERATOR_TOKENS.CaptureWatch), sets],
      held: [...dispatchers, targets, sets, retention, events],
    };
  });
  return container;
}
