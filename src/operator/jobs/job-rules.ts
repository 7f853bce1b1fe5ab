import type { PolicyRule } from '../policy-rule.ts';

/** What captures by Jobs need in their namespace, in a Role, beside the rules of the resource that asks for them. */
export const JOB_RULES: readonly PolicyRule[] = [
  // `patch` suspends a Job, which ends its Pod: that is the stop of a capture.
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
];
