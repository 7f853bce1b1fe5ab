import { AGENT_SETTINGS } from './agent-settings.ts';
import { matching, nameOf, oneOf, optional, readSettings, required, type Setting, type SettingsTable } from './settings-table.ts';

/** Who makes captures: the resident agents of a DaemonSet, or a Job for each. */
export type Dispatch = 'agent' | 'job';

/** What the operator is told by its environment and its options, validated. */
export interface OperatorSettings {
  /** NAMESPACE: of the operator, its agents and all PacketCaptures. Default: `pcapper`. */
  readonly namespace: string;
  /** AGENT_IMAGE: of the same version as the operator. Required. */
  readonly agentImage: string;
  /** AGENT_SERVICE_ACCOUNT: of the agents, and of the Pods of Jobs, which get no token of it. Default: `pcapper-agent`. */
  readonly agentServiceAccount: string;
  /** DISPATCH: who makes captures. Default: `agent`. */
  readonly dispatch: Dispatch;
  /** CONFIG_MAP: name of the one with the settings of the agents. It need not be there. Default: `pcapper-config`. */
  readonly configMap: string;
  /** Name of its own Deployment; absent: it runs without one. */
  readonly deployment: string | undefined;
  /** POD_NAME: `metadata.name` of its own Pod, by which the Lease names its holder. Absent: the host name is taken. */
  readonly podName: string | undefined;
  /** KUBECONFIG: a path. Absent: the ServiceAccount of the Pod. */
  readonly kubeconfig: string | undefined;
  /** HEALTH_ADDRESS: an IP address. Default: `127.0.0.1`. */
  readonly healthAddress: string;
  /** HEALTH_PORT: 0 to 65535; 0 takes a free one. Default: 9808. */
  readonly healthPort: number;
  /** LOG_LEVEL: `debug`, `info`, `warn` or `error`, as pino has them. Default: `info`. */
  readonly logLevel: string;
}

const { namespace, kubeconfig, logLevel } = AGENT_SETTINGS;

/** The name of an image, as in `registry/pcapper-agent:1.0`. */
export const imageName = matching(/^[A-Za-z0-9][\w./:@-]{0,1023}$/, 'the name of an image, as in "registry/pcapper-agent:1.0"');

const OPERATOR_SETTINGS: SettingsTable<OperatorSettings> = {
  namespace: { ...namespace, help: 'Namespace of the operator, its agents, and all PacketCaptures. In a Deployment: fieldRef metadata.namespace.' },
  agentImage: {
    variable: 'AGENT_IMAGE',
    help: 'Image of the agents, of the same version as the operator.',
    parse: required(imageName),
  },
  agentServiceAccount: {
    variable: 'AGENT_SERVICE_ACCOUNT',
    help: 'ServiceAccount of the agents, and of the Pods of Jobs, which get no token of it.',
    default: 'pcapper-agent',
    parse: required(nameOf('a ServiceAccount')),
  },
  dispatch: {
    variable: 'DISPATCH',
    option: 'dispatch',
    help: 'Who makes captures: agent, the agents of a DaemonSet that the operator runs; or job, a Job for each capture and no DaemonSet.',
    default: 'agent',
    parse: required(oneOf<Dispatch>(['agent', 'job'])),
  },
  configMap: {
    variable: 'CONFIG_MAP',
    help: 'ConfigMap with the settings of the agents. It need not be there.',
    default: 'pcapper-config',
    parse: required(nameOf('a ConfigMap')),
  },
  deployment: {
    variable: 'DEPLOYMENT',
    help: 'Name of its own Deployment: once that is deleted, what is missing is not restored. Default: it runs without one.',
    parse: optional(nameOf('a Deployment')),
  },
  podName: {
    variable: 'POD_NAME',
    help: 'Name of its own Pod, by which the Lease names its holder. In a Deployment: fieldRef metadata.name.',
    parse: optional(nameOf('a Pod')),
  },
  kubeconfig,
  healthAddress: {
    ...AGENT_SETTINGS.healthAddress,
    help: 'Address of /healthz and /readyz. In a Deployment: fieldRef status.podIP.',
  },
  healthPort: { ...AGENT_SETTINGS.healthPort, default: '9808' },
  logLevel,
};

/** Each setting of the operator, for its `--help` and its options. */
export const OPERATOR_SETTING_LIST: readonly Setting<unknown>[] = Object.values<Setting<unknown>>(OPERATOR_SETTINGS);

/** The names of all settings of the operator. */
export const OPERATOR_VARIABLES: readonly string[] = OPERATOR_SETTING_LIST.map(({ variable }) => variable);

/**
 * Reads the settings of the operator.
 * @throws SettingInvalidError that names every setting that is wrong
 */
export function readOperatorSettings(environment: Readonly<Record<string, string | undefined>>): OperatorSettings {
  return readSettings(OPERATOR_SETTINGS, environment, 'Run the operator with --help to see all settings.');
}
