import type { JsonObject } from '../objects/kubernetes-object.ts';
import { type FieldError, fieldInvalid, fieldRequired } from '../objects/status-error.ts';

const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const MAX_LENGTH = 253;

/** What is wrong with a name (RFC 1123 subdomain, as nearly every resource is named). */
export function nameErrors(metadata: JsonObject): readonly FieldError[] {
  const { name } = metadata;
  if (name === undefined || name === '') return [fieldRequired('metadata.name', 'name or generateName is required')];
  const text = typeof name === 'string' ? name : JSON.stringify(name);
  const given = JSON.stringify(text);
  const errors: FieldError[] = [];
  if (text.length > MAX_LENGTH) errors.push(fieldInvalid('metadata.name', given, `must be no more than ${MAX_LENGTH} characters`));
  if (!new RegExp(`^${SUBDOMAIN}$`).test(text)) {
    const rule = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
    errors.push(fieldInvalid('metadata.name', given, rule));
  }
  return errors;
}
