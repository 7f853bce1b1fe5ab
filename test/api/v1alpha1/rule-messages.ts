import type { Schema } from '../../../src/api/v1alpha1/schema/schema.ts';

/** The message of every rule on values of a schema. */
export function ruleMessages(schema: Schema): readonly string[] {
  const own = 'rules' in schema ? (schema.rules ?? []).map(({ message }) => message) : [];
  switch (schema.type) {
    case 'object':
      return [...own, ...Object.values(schema.properties).flatMap(ruleMessages)];
    case 'map':
      return [...own, ...ruleMessages(schema.values)];
    case 'array':
      return [...own, ...ruleMessages(schema.items)];
    default:
      return own;
  }
}
