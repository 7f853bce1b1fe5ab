import { GROUP, PACKET_CAPTURE } from '../../api/v1alpha1/group.ts';
import type { PolicyRule } from '../policy-rule.ts';

/** What {@link Targets} needs in its namespace, beside the rules of its `CaptureWatch` and of Events. */
export const TARGET_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
  { apiGroups: [GROUP], resources: [`${PACKET_CAPTURE.plural}/status`], verbs: ['patch'] },
];

/** What {@link Targets} needs to look for targets, in a ClusterRole. It only reads. */
export const FIND_TARGET_RULES: readonly PolicyRule[] = [{ apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get'] }];
