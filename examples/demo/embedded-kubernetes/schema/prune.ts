import { isObject } from '../objects/kubernetes-object.ts';
import { fieldSchema, type StructuralSchema } from './structural-schema.ts';

/** Without the fields that the schema does not know. */
export function prune(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => prune(item, items));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const field = fieldSchema(schema, key);
      return field === undefined ? [] : [[key, prune(inner, field)]];
    }),
  );
}

/** Without nulls where the schema allows none; the server drops them when it reads a body. */
export function dropNulls(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => dropNulls(item, items));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const field = fieldSchema(schema, key);
      const dropped = inner === null && schema.properties?.[key] !== undefined && field?.nullable !== true;
      return dropped ? [] : [[key, field === undefined ? inner : dropNulls(inner, field)]];
    }),
  );
}

/** Path of the first field that the schema does not know. */
export function undeclaredField(value: unknown, schema: StructuralSchema, path = ''): string | undefined {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return undefined;
    return value.map((item, i) => undeclaredField(item, items, `${path}[${i}]`)).find((field) => field !== undefined);
  }
  if (!isObject(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    const field = fieldSchema(schema, key);
    const undeclared = field === undefined ? at : undeclaredField(inner, field, at);
    if (undeclared !== undefined) return undeclared;
  }
  return undefined;
}
