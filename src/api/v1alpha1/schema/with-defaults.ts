import type { Schema } from './schema.ts';

/**
 * The value as the API server stores it: nulls that a schema does not allow are dropped, and what is absent takes its
 * default. Fields that the schema does not know are kept.
 */
export function withDefaults(schema: Schema, value: unknown): unknown {
  switch (schema.type) {
    case 'object':
      return isRecord(value) ? objectWithDefaults(schema.properties, value) : value;
    case 'array':
      return Array.isArray(value) ? value.map((item) => withDefaults(schema.items, item)) : value;
    default:
      return value;
  }
}

function objectWithDefaults(properties: Readonly<Record<string, Schema>>, value: Readonly<Record<string, unknown>>) {
  const result = new Map(Object.entries(value));
  for (const [name, schema] of Object.entries(properties)) {
    const given = result.get(name) ?? ('default' in schema ? schema.default : undefined);
    if (given === undefined) result.delete(name);
    else result.set(name, withDefaults(schema, given));
  }
  return Object.fromEntries(result);
}

/** A JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
