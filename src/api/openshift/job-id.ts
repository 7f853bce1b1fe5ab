import type { Rule } from '../v1alpha1/rules/rule.ts';
import { matching } from '../v1alpha1/rules/text.ts';

/** What the names of Jobs end with. */
export const jobIdRule: Rule<string> = matching({
  pattern: /^[a-z0-9]{4}$/,
  message: 'jobId must be 4 lower-case letters or digits, as in "qwer"',
});
