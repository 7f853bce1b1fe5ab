import { isObject } from '../objects/kubernetes-object.ts';
import { fieldSchema, type StructuralSchema } from './structural-schema.ts';

/** With the schema's defaults where fields are absent. */
export function fillDefaults(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => fillDefaults(item, items));
  }
  if (!isObject(value)) return value;
  const filled = { ...value };
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    if (filled[key] === undefined && field.default !== undefined) filled[key] = structuredClone(field.default);
  }
  for (const [key, inner] of Object.entries(filled)) {
    const field = fieldSchema(schema, key);
    if (field !== undefined) filled[key] = fillDefaults(inner, field);
  }
  return filled;
}
