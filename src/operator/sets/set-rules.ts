import { GROUP, PACKET_CAPTURE, PACKET_CAPTURE_SET } from '../../api/v1alpha1/group.ts';
import type { PolicyRule } from '../policy-rule.ts';

/** What {@link PacketCaptureSets} needs in the namespace of the sets, in a Role. */
export const SET_RULES: readonly PolicyRule[] = [
  { apiGroups: [GROUP], resources: [PACKET_CAPTURE_SET.plural], verbs: ['delete', 'list', 'watch'] },
  { apiGroups: [GROUP], resources: [`${PACKET_CAPTURE_SET.plural}/status`], verbs: ['patch'] },
  { apiGroups: [GROUP], resources: [PACKET_CAPTURE.plural], verbs: ['create', 'get', 'list', 'patch', 'watch'] },
  { apiGroups: [GROUP], resources: [`${PACKET_CAPTURE.plural}/status`], verbs: ['patch'] },
];

/** What {@link PacketCaptureSets} needs to find the Pods of sets, in a ClusterRole. It only reads. */
export const SET_TARGET_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] },
  { apiGroups: ['apps'], resources: ['daemonsets', 'deployments', 'statefulsets'], verbs: ['list', 'watch'] },
];
