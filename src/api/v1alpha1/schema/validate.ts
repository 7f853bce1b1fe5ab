import type { ObjectSchema } from './schema.ts';
import { transitionViolations } from './transition-violations.ts';
import { type Violation, violations } from './violations.ts';
import { withDefaults } from './with-defaults.ts';

/**
 * Everything that is wrong with an object of any shape, after defaults.
 * @param old the object that it is to take the place of; `undefined`: it is new
 */
export function validate(schema: ObjectSchema, object: unknown, old: unknown): readonly Violation[] {
  const value = withDefaults(schema, object);
  return [
    ...violations(schema, value, ''),
    ...(old === undefined ? [] : transitionViolations(schema, value, withDefaults(schema, old))),
  ];
}
