import { OPERATOR_SETTING_LIST } from '../adapters/environment/operator-settings.ts';
import { settingsHelp } from '../adapters/environment/settings-table.ts';
import { agentsSettingsHelp } from './agents/agents-settings.ts';

/** The `--help` of the operator. */
export function operatorHelp(): string {
  return [
    settingsHelp('pcapper operator: installs the CRDs and the agents, and sees to what no agent can. Set by environment variables:', OPERATOR_SETTING_LIST),
    agentsSettingsHelp('The agents are set by these keys of the ConfigMap:'),
  ].join('\n');
}
