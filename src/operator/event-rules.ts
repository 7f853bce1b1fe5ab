import type { PolicyRule } from './policy-rule.ts';

/** What an `EventPost` needs in the namespace of what it tells of. */
export const EVENT_RULES: readonly PolicyRule[] = [{ apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] }];
