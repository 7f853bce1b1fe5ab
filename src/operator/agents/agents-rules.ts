import type { PolicyRule } from '../policy-rule.ts';
import { AGENT_DAEMON_SET } from './agent-daemon-set.ts';

/** What `AgentsConfig` needs in its namespace, beside the rules of Events. By name. */
export function agentsConfigRules(configMap: string): readonly PolicyRule[] {
  return [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [configMap], verbs: ['list', 'watch'] }];
}

/** What {@link AgentsKeeper} needs in its namespace, beside the rules of `OwnInstallation` and of Events. By name throughout. */
export function agentsRules(configMap: string): readonly PolicyRule[] {
  return [
    ...agentsConfigRules(configMap),
    { apiGroups: ['apps'], resources: ['daemonsets'], resourceNames: [AGENT_DAEMON_SET], verbs: ['create', 'list', 'patch', 'watch'] },
  ];
}
