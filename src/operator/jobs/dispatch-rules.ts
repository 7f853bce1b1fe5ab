import { GROUP, PACKET_CAPTURE } from '../../api/v1alpha1/group.ts';
import { AGENT_DAEMON_SET } from '../agents/agent-daemon-set.ts';
import { agentsConfigRules } from '../agents/agents-rules.ts';
import type { PolicyRule } from '../policy-rule.ts';
import { JOB_RULES } from './job-rules.ts';

/** What `JobDispatcher` needs in its namespace, in a Role, beside the rules of its `CaptureWatch` and of Events. */
export function dispatchRules(configMap: string): readonly PolicyRule[] {
  return [
    ...JOB_RULES,
    ...agentsConfigRules(configMap),
    { apiGroups: [GROUP], resources: [PACKET_CAPTURE.plural], verbs: ['get'] },
    { apiGroups: [GROUP], resources: [`${PACKET_CAPTURE.plural}/status`], verbs: ['patch'] },
    // Only to tell of a DaemonSet that is left.
    { apiGroups: ['apps'], resources: ['daemonsets'], resourceNames: [AGENT_DAEMON_SET], verbs: ['list'] },
  ];
}

/** What `JobDispatcher` needs to look for targets and to wait for them, in a ClusterRole. It only reads. */
export const WAIT_FOR_TARGET_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
];
