import { formatBytes, tryParseQuantity } from '../../core/quantity.ts';
import { flag, ipAddress, listOf, nameOf, oneOf, optional, readSettings, required, type Setting, settingsHelp, type SettingsTable, whole } from './settings-table.ts';

/** What the agent is told by its environment and its options, validated and in base units. */
export interface AgentSettings {
  /** NODE_NAME: `metadata.name` of the Node. Required. */
  readonly nodeName: string;
  /** NAMESPACE: the one namespace whose PacketCaptures are served. Default: `pcapper`. */
  readonly namespace: string;
  /** Where requests come from. */
  readonly sources: readonly SourceName[];
  /** HOSTMOUNT: an absolute path, without a slash at its end. Default: `/hostmount`. */
  readonly hostmount: string;
  /** Milliseconds. */
  readonly scanInterval: number;
  /** Bytes. */
  readonly maxTotalFileSize: number;
  /** Bytes. */
  readonly minFreeDisk: number;
  /** MAX_CONCURRENT_CAPTURES: 1 to 1000. Default: 32. */
  readonly maxConcurrentCaptures: number;
  /** Milliseconds; absent: files are kept. */
  readonly keepFilesFor: number | undefined;
  /** What becomes of captures that annotations ask for, and of their files, when the agent is told to end. */
  readonly filesAtExit: 'keep' | 'remove';
  /** ALLOW_HOST_NETWORK: Pods with `hostNetwork` may be captured, which records their whole node. Default: false. */
  readonly allowHostNetwork: boolean;
  /** KUBECONFIG: a path. Absent: the ServiceAccount of the Pod. */
  readonly kubeconfig: string | undefined;
  /** HEALTH_ADDRESS: an IP address. Default: `127.0.0.1`. */
  readonly healthAddress: string;
  /** HEALTH_PORT: 0 to 65535; 0 takes a free one. Default: 9807. */
  readonly healthPort: number;
  /** METRICS: /metrics is served, too. Default: false. */
  readonly metricsEnabled: boolean;
  /** POD_NAME: `metadata.name` of the agent's own Pod, for the kubectl command in `status.message`. Absent: it has none. */
  readonly podName: string | undefined;
  /** LOG_LEVEL: `debug`, `info`, `warn` or `error`, as pino has them. Default: `info`. */
  readonly logLevel: string;
}

export const SOURCE_NAMES = ['packetcapture', 'annotation'] as const;

export type SourceName = (typeof SOURCE_NAMES)[number];

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Every setting of the agent: the one table that its validation and its `--help` are made from. */
export const AGENT_SETTINGS: SettingsTable<AgentSettings> = {
  nodeName: {
    variable: 'NODE_NAME',
    help: 'Name of this node, as Kubernetes knows it. In a DaemonSet: fieldRef spec.nodeName.',
    parse: required(nameOf('a node')),
  },
  namespace: {
    variable: 'NAMESPACE',
    help: 'Namespace whose PacketCaptures are served. Whoever may create there can capture every Pod.',
    default: 'pcapper',
    parse: required(nameOf('a namespace')),
  },
  sources: {
    variable: 'SOURCE',
    option: 'source',
    help: 'Where requests come from: packetcapture, the resources; annotation, annotations of Pods; or both, with a comma between them.',
    default: 'packetcapture',
    parse: required(listOf(SOURCE_NAMES)),
  },
  hostmount: {
    variable: 'HOSTMOUNT',
    help: 'Folder of the node that captures are written to.',
    default: '/hostmount',
    parse: required((given) => (given.startsWith('/') ? given.replace(/(?<=.)\/+$/, '') : undefined), 'an absolute path'),
  },
  scanInterval: {
    variable: 'SCAN_INTERVAL',
    help: 'Seconds between two looks at everything that is known; changes are seen at once all the same.',
    default: '30',
    parse: required((given) => whole(given, 1, 3600, 1000), 'a whole number of seconds from 1 to 3600'),
  },
  maxTotalFileSize: {
    variable: 'MAX_TOTAL_FILESIZE',
    help: 'What all captures in HOSTMOUNT may occupy together. A capture that asks for more is refused.',
    default: '10G',
    parse: required(tryParseQuantity, 'a Kubernetes quantity of bytes, as in "10G"'),
  },
  minFreeDisk: {
    variable: 'MIN_FREE_DISK',
    help: 'Disk that must stay free. Captures are refused, and running ones ended, before it is less.',
    default: '20G',
    parse: required(tryParseQuantity, 'a Kubernetes quantity of bytes, as in "20G"'),
  },
  maxConcurrentCaptures: {
    variable: 'MAX_CONCURRENT_CAPTURES',
    help: 'Captures that run at the same time; the next wait for their turn.',
    default: '32',
    parse: required((given) => whole(given, 1, 1000), 'a whole number from 1 to 1000'),
  },
  keepFilesFor: {
    variable: 'KEEP_FILES_HOURS',
    help: 'Hours after which the files of an ended capture are removed, even if its resource is still there. Default: they are kept.',
    parse: optional((given) => whole(given, 1, 87_600, 3_600_000), 'a whole number of hours from 1 to 87600'),
  },
  filesAtExit: {
    variable: 'FILES_AT_EXIT',
    help: 'What becomes of captures by annotation when the agent is told to end: keep suspends them for the next agent, remove ends them and removes their files.',
    default: 'keep',
    parse: required(oneOf(['keep', 'remove'])),
  },
  allowHostNetwork: {
    variable: 'ALLOW_HOST_NETWORK',
    help: 'Whether Pods with hostNetwork may be captured. That records the whole node.',
    default: 'false',
    parse: required(flag, '"true" or "false"'),
  },
  kubeconfig: {
    variable: 'KUBECONFIG',
    help: 'Kubeconfig file. Default: the service account of the Pod.',
    parse: (given) => given,
  },
  healthAddress: {
    variable: 'HEALTH_ADDRESS',
    help: 'Address of /healthz and /readyz. In the DaemonSet: fieldRef status.hostIP.',
    default: '127.0.0.1',
    parse: required(ipAddress, 'an IP address'),
  },
  healthPort: {
    variable: 'HEALTH_PORT',
    help: 'Port of /healthz and /readyz; 0 takes a free one.',
    default: '9807',
    parse: required((given) => whole(given, 0, 65_535), 'a port from 0 to 65535'),
  },
  metricsEnabled: {
    variable: 'METRICS',
    help: 'Whether /metrics (Prometheus) is served there, too.',
    default: 'false',
    parse: required(flag, '"true" or "false"'),
  },
  podName: {
    variable: 'POD_NAME',
    help: 'Name of the agent\'s own Pod, for the kubectl command in status.message. In a DaemonSet: fieldRef metadata.name.',
    parse: optional(nameOf('a Pod')),
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    help: `One of ${LOG_LEVELS.join(', ')}.`,
    default: 'info',
    parse: required(oneOf(LOG_LEVELS)),
  },
};

/** Each setting of the agent, for its `--help` and its options. */
export const AGENT_SETTING_LIST: readonly Setting<unknown>[] = Object.values<Setting<unknown>>(AGENT_SETTINGS);

/** The names of all settings. */
export const SETTING_VARIABLES: readonly string[] = AGENT_SETTING_LIST.map(({ variable }) => variable);

/**
 * Reads the settings of the agent.
 * @throws SettingInvalidError that names every setting that is wrong
 */
export function readAgentSettings(environment: Readonly<Record<string, string | undefined>>): AgentSettings {
  return readSettings(AGENT_SETTINGS, environment, 'Run the agent with --help to see all settings.');
}

/** The `--help` of the agent. */
export function agentHelp(): string {
  return settingsHelp('pcapper agent: captures what PacketCaptures of its node ask for. Set by environment variables:', AGENT_SETTING_LIST);
}

/** The settings in one line for the log. */
export function describeSettings(settings: Pick<AgentSettings, 'maxTotalFileSize' | 'minFreeDisk'>): Readonly<Record<string, unknown>> {
  return {
    ...settings,
    maxTotalFileSize: formatBytes(settings.maxTotalFileSize),
    minFreeDisk: formatBytes(settings.minFreeDisk),
  };
}
