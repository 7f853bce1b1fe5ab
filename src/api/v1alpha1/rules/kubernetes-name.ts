import type { Rule } from './rule.ts';
import { matching } from './text.ts';

/** RFC 1123 label: namespaces. */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** RFC 1123 subdomain: most other objects. */
export const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
export const SUBDOMAIN_MAX_LENGTH = 253;

/** The name of a Pod, a node, a workload. */
export function objectName(field: string): Rule<string> {
  return matching({
    pattern: SUBDOMAIN,
    maxLength: SUBDOMAIN_MAX_LENGTH,
    message: `${field} must be a Kubernetes name: at most ${SUBDOMAIN_MAX_LENGTH} lower-case letters, digits, "-" and ".", with a letter or digit at both ends of each part`,
  });
}

/** The name of a namespace. */
export function namespaceName(field: string): Rule<string> {
  return matching({
    pattern: LABEL,
    maxLength: 63,
    message: `${field} must be the name of a Kubernetes namespace: at most 63 lower-case letters, digits and "-", with a letter or digit at both ends`,
  });
}
