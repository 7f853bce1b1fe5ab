import { AGENT_SETTING_LIST, AGENT_SETTINGS } from '../../adapters/environment/agent-settings.ts';
import { imageName } from '../../adapters/environment/operator-settings.ts';
import { meantSetting } from '../../adapters/environment/misspelled-settings.ts';
import { matching, nameOf, oneOf, optional, readSettings, required, type Setting, settingsHelp, type SettingsTable, textOf, whole } from '../../adapters/environment/settings-table.ts';
import { errorMessage, quote, SettingInvalidError } from '../../core/errors/index.ts';
import { tryParseQuantity } from '../../core/quantity.ts';

/** How the agents of all nodes are run. */
export interface AgentsSettings {
  /** IMAGE: as in a Pod, `registry/pcapper-agent:1.0`. */
  readonly image: string;
  /** IMAGE_PULL_POLICY: as in a Pod. Default: `IfNotPresent`. */
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Name of a Secret of type `kubernetes.io/dockerconfigjson`. */
  readonly imagePullSecret: string | undefined;
  /** PRIORITY_CLASS: name of one. Default: `system-node-critical`. */
  readonly priorityClass: string;
  /** Kubernetes quantities. */
  readonly cpuRequest: string;
  /** MEMORY_REQUEST: a Kubernetes quantity of bytes, at least 32Mi. Default: 192Mi. */
  readonly memoryRequest: string;
  /** MEMORY_LIMIT: a Kubernetes quantity of bytes, at least 128Mi and the request. Default: 512Mi. */
  readonly memoryLimit: string;
  /** Agents that a roll-out may replace at the same time: a number, or a percentage of the nodes. */
  readonly maxUnavailable: number | string;
  /** HOSTMOUNT: folder of the node, mounted in the Pod at the same path. Default: `/hostmount`. */
  readonly hostmount: string;
  /** HEALTH_PORT: 1 to 65535, on the node's address: the Pods are in its network. Default: 9807. */
  readonly healthPort: number;
  /** The settings of the agents themselves, as they are written. */
  readonly environment: Readonly<Record<string, string>>;
}

type PodSettings = Omit<AgentsSettings, 'hostmount' | 'healthPort' | 'environment'>;

const memory = (least: string) =>
  required(
    (given) => (bytesOf(given) >= bytesOf(least) ? given : undefined),
    `a Kubernetes quantity of at least ${least}, as in "256Mi"`,
  );

/** What the DaemonSet is made of beside the settings of the agents themselves. */
const POD_SETTINGS: SettingsTable<PodSettings> = {
  image: {
    variable: 'IMAGE',
    help: "Image of the agents. Default: the operator's AGENT_IMAGE, which belongs to its own version.",
    parse: required(imageName),
  },
  imagePullPolicy: {
    variable: 'IMAGE_PULL_POLICY',
    help: 'Always, IfNotPresent or Never.',
    default: 'IfNotPresent',
    parse: required(oneOf(['Always', 'IfNotPresent', 'Never'])),
  },
  imagePullSecret: {
    variable: 'IMAGE_PULL_SECRET',
    help: 'Name of the Secret that the image is pulled with. Default: none.',
    parse: optional(nameOf('a Secret')),
  },
  priorityClass: {
    variable: 'PRIORITY_CLASS',
    help: 'Of the agents. With another one a full node may end its agent, and so interrupt captures.',
    default: 'system-node-critical',
    parse: required(nameOf('a PriorityClass')),
  },
  cpuRequest: {
    variable: 'CPU_REQUEST',
    help: 'CPU that each node keeps for its agent. There is no limit: throttled captures drop packets.',
    default: '50m',
    parse: required(matching(/^(?!0+m?$)(\d{1,6}m|\d{1,3}(\.\d{1,3})?)$/, 'a Kubernetes quantity of CPU, as in "50m"')),
  },
  memoryRequest: {
    variable: 'MEMORY_REQUEST',
    help: 'Memory that each node keeps for its agent: enough for 16 captures.',
    default: '192Mi',
    parse: memory('32Mi'),
  },
  memoryLimit: {
    variable: 'MEMORY_LIMIT',
    help: 'Memory at which the agent is ended, and its captures are interrupted. 32 captures in a flood of packets need some 400Mi.',
    default: '512Mi',
    parse: memory('128Mi'),
  },
  maxUnavailable: {
    variable: 'MAX_UNAVAILABLE',
    help: 'Agents that a roll-out replaces at the same time. Captures go on afterwards; each has a gap of some seconds.',
    default: '10%',
    parse: required((given) => whole(given, 1, 1000) ?? (/^([1-9]\d?|100)%$/.test(given) ? given : undefined), 'a number from 1 to 1000, or 1% to 100%'),
  },
};

/** What the DaemonSet tells each agent of its place. */
const PLACE = [AGENT_SETTINGS.nodeName, AGENT_SETTINGS.namespace, AGENT_SETTINGS.podName, AGENT_SETTINGS.healthAddress, AGENT_SETTINGS.kubeconfig].map(
  ({ variable }) => variable,
);
/** A ConfigMap has no options. */
const OF_AGENTS = AGENT_SETTING_LIST.filter(({ variable }) => !PLACE.includes(variable)).map((setting) => ({ ...setting, option: undefined }));
const ALL = [...Object.values<Setting<unknown>>(POD_SETTINGS), ...OF_AGENTS];
const KEYS = ALL.map(({ variable }) => variable);

/**
 * Reads the data of the ConfigMap; what it does not name has its default.
 * @param image where it names none.
 * @throws SettingInvalidError that names every setting that is wrong
 */
export function readAgentsSettings(data: Readonly<Record<string, string>>, image: string): AgentsSettings {
  const given = { IMAGE: image, ...Object.fromEntries(Object.entries(data).filter(([, text]) => text !== '')) };
  const advice = `Allowed are ${KEYS.join(', ')}.`;
  const problems = Object.keys(data).filter((key) => !KEYS.includes(key)).map((key) => unknown(key, data));
  const pod = collect(problems, () => readSettings(POD_SETTINGS, given, advice));
  const agent = collect(problems, () => readSettings(AGENT_SETTINGS, { ...only(given, OF_AGENTS), NODE_NAME: 'any' }, advice));
  if (agent?.healthPort === 0) problems.push('HEALTH_PORT is "0"; it must be a port from 1 to 65535.');
  if (pod && bytesOf(pod.memoryLimit) < bytesOf(pod.memoryRequest)) {
    problems.push(`MEMORY_LIMIT is ${quote(pod.memoryLimit)}; it must be at least MEMORY_REQUEST, which is ${quote(pod.memoryRequest)}.`);
  }
  if (!pod || !agent || problems.length > 0) throw new SettingInvalidError({ problem: problems.join(' '), advice });
  return { ...pod, hostmount: agent.hostmount, healthPort: agent.healthPort, environment: { ...only(given, OF_AGENTS), HOSTMOUNT: agent.hostmount } };
}

/** Every key of the ConfigMap, for a `--help`. */
export function agentsSettingsHelp(title: string): string {
  return settingsHelp(title, ALL);
}

function bytesOf(quantity: string): number {
  return tryParseQuantity(quantity) ?? Number.NaN;
}

function unknown(key: string, data: Readonly<Record<string, string>>): string {
  if (PLACE.includes(key)) return `${key} cannot be set: it differs from node to node, and the DaemonSet sets it.`;
  const meant = meantSetting(key, KEYS.filter((other) => !(other in data)));
  return `${key} is no setting.${meant === undefined ? '' : ` Did you mean ${meant}?`}`;
}

function collect<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    problems.push(error instanceof SettingInvalidError ? error.problem : errorMessage(error));
    return undefined;
  }
}

/** These settings as they were given, or their defaults; without those that have neither. */
function only(given: Readonly<Record<string, string>>, settings: readonly Setting<unknown>[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    settings.flatMap((setting) => {
      const text = textOf(setting, given);
      return text === undefined ? [] : [[setting.variable, text]];
    }),
  );
}
