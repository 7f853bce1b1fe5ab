import { type OneShotOrder, parseOrder } from '../../api/one-shot/capture-order.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { AGENT_SETTINGS, type AgentSettings } from './agent-settings.ts';
import { readSettings, type Setting, settingsHelp, type SettingsTable, type Texts, textOf } from './settings-table.ts';

/** What the agent in one-shot mode is told by its environment, validated and in base units. */
export interface OneShotSettings
  extends Pick<AgentSettings, 'nodeName' | 'hostmount' | 'maxTotalFileSize' | 'minFreeDisk' | 'keepFilesFor' | 'allowHostNetwork' | 'logLevel'> {
  /** CAPTURE_ORDER, as `formatOrder` writes it. Required. */
  readonly order: OneShotOrder;
  /** READY_FILE: an absolute path; the file is there exactly while tcpdump captures. Default: `/run/pcapper/capturing`. */
  readonly readyFile: string;
  /** TERMINATION_LOG: an absolute path; the outcome is written to it, where the kubelet reads it (`terminationMessagePath`). Default: `/dev/termination-log`. */
  readonly terminationLog: string;
}

const { nodeName, hostmount, maxTotalFileSize, minFreeDisk, keepFilesFor, allowHostNetwork, logLevel } = AGENT_SETTINGS;

const ONE_SHOT_SETTINGS: SettingsTable<OneShotSettings> = {
  order: {
    variable: 'CAPTURE_ORDER',
    help: 'The capture to make: the JSON that formatOrder gives for a request and its target.',
    parse: parseOrderOf,
  },
  readyFile: {
    variable: 'READY_FILE',
    help: 'File that is there exactly while tcpdump captures.',
    default: '/run/pcapper/capturing',
    parse: hostmount.parse,
  },
  terminationLog: {
    variable: 'TERMINATION_LOG',
    help: 'File that the outcome is written to, as JSON of less than 4096 bytes. It is not made where there is none.',
    default: '/dev/termination-log',
    parse: hostmount.parse,
  },
  nodeName,
  hostmount,
  maxTotalFileSize,
  minFreeDisk,
  keepFilesFor,
  allowHostNetwork,
  logLevel,
};

const OWN = [ONE_SHOT_SETTINGS.order, ONE_SHOT_SETTINGS.readyFile, ONE_SHOT_SETTINGS.terminationLog] as const;

/** Each setting of the one-shot mode. */
export const ONE_SHOT_SETTING_LIST: readonly Setting<unknown>[] = Object.values<Setting<unknown>>(ONE_SHOT_SETTINGS);

/**
 * Reads the settings of the agent in one-shot mode.
 * @throws SettingInvalidError that names every setting that is wrong
 */
export function readOneShotSettings(environment: Texts): OneShotSettings {
  return readSettings(ONE_SHOT_SETTINGS, environment, 'Run the agent with --help to see all settings.');
}

/** What `--once` adds to the `--help` of the agent. */
export function oneShotHelp(): string {
  const others = ONE_SHOT_SETTING_LIST.filter((setting) => !OWN.some(({ variable }) => variable === setting.variable)).map(({ variable }) => variable);
  const title = `With --once it makes one capture and ends, with 0 when that finished, 1 when it failed, and 2 when it is told nonsense. It takes ${others.join(', ')}, and:`;
  return settingsHelp(title, OWN);
}

/** Where the outcome goes, though another setting, or this one, be wrong; and the node, if it is told. */
export function placeOfOutcome(environment: Texts): { readonly terminationLog: string; readonly node: string } {
  return { terminationLog: textOf(ONE_SHOT_SETTINGS.terminationLog, environment) ?? '', node: textOf(nodeName, environment) ?? '' };
}

function parseOrderOf(given: string | undefined, variable: string): OneShotOrder {
  if (given === undefined) throw new Error(`${variable} is not set; it must be the order of a capture.`);
  try {
    return parseOrder(given);
  } catch (error) {
    throw new Error(`${variable} is wrong. ${errorMessage(error)}`, { cause: error });
  }
}
