import type { Changing } from '../rules/rule.ts';
import type { ObjectSchema } from './schema.ts';
import type { Violation } from './violations.ts';
import { isRecord } from './with-defaults.ts';

/** Every rule on changes that a change breaks. Both values have their defaults. */
export function transitionViolations(schema: ObjectSchema, value: unknown, old: unknown): readonly Violation[] {
  const [after, before] = [changing(value), changing(old)];
  return (schema.transitions ?? [])
    .filter((rule) => !rule.holds(after, before))
    .map(({ message, fieldPath }) => ({ path: fieldPath.slice(1), message }));
}

function changing(value: unknown): Changing {
  const object = isRecord(value) ? value : {};
  const { spec, status } = object;
  return { spec: isRecord(spec) ? spec : {}, ...(isRecord(status) ? { status } : {}) };
}
