import type { Rule } from './rule.ts';
import { matching } from './text.ts';

/** Kubernetes makes UUIDs (k8s.io/apimachinery, types.UID), but promises only text. */
const UID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** `metadata.uid` of an object. */
export function objectUid(field: string): Rule<string> {
  return matching({ pattern: UID, message: `${field} must be a uid as Kubernetes makes them: at most 128 letters, digits, "-", "_" and ".", beginning with a letter or digit` });
}
