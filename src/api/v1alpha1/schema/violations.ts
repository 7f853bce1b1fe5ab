import type { Rule } from '../rules/rule.ts';
import type { ArraySchema, IntOrStringSchema, MapSchema, ObjectSchema, Schema, StringSchema } from './schema.ts';
import { isRecord } from './with-defaults.ts';

/** A rule that does not hold. */
export interface Violation {
  /** `spec.captureSeconds` */
  readonly path: string;
  /** What is allowed; where the API server checks the same in CEL, its very words. */
  readonly message: string;
  /** What was given. Absent where that is an object, a list or nothing. */
  readonly given?: string | number | boolean;
}

/**
 * Everything that is wrong with a value that has its defaults. Where a type is wrong the API server says so in its own
 * words, and asks no rule at all.
 */
export function violations(schema: Schema, value: unknown, path: string): readonly Violation[] {
  switch (schema.type) {
    case 'object':
      return isRecord(value) ? objectViolations(schema, value, path) : [wrongType(path, 'must be an object', value)];
    case 'map':
      return isRecord(value) ? mapViolations(schema, value, path) : [wrongType(path, 'must be an object', value)];
    case 'array':
      return Array.isArray(value) ? arrayViolations(schema, value, path) : [wrongType(path, 'must be a list', value)];
    case 'string':
      return typeof value === 'string' ? stringViolations(schema, value, path) : [wrongType(path, 'must be a string', value)];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [wrongType(path, 'must be true or false', value)];
    case 'integer':
      return Number.isInteger(value) ? [] : [wrongType(path, 'must be an integer', value)];
    case 'int-or-string':
      return intOrStringViolations(schema, value, path);
  }
}

function objectViolations(schema: ObjectSchema, value: Readonly<Record<string, unknown>>, path: string): readonly Violation[] {
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => ({ path: join(path, name), message: `${name} is required` })),
    ...Object.entries(schema.properties).flatMap(([name, field]) =>
      Object.hasOwn(value, name) ? violations(field, value[name], join(path, name)) : [],
    ),
    ...broken(schema.rules, value, path),
  ];
}

function mapViolations(schema: MapSchema, value: Readonly<Record<string, unknown>>, path: string): readonly Violation[] {
  const entries = Object.entries(value);
  if (entries.length > schema.maxProperties) return [wrongType(path, `must have at most ${schema.maxProperties} entries`, value)];
  return [...entries.flatMap(([key, item]) => violations(schema.values, item, `${path}[${key}]`)), ...broken(schema.rules, value, path)];
}

function arrayViolations(schema: ArraySchema, value: readonly unknown[], path: string): readonly Violation[] {
  if (value.length > schema.maxItems) return [wrongType(path, `must have at most ${schema.maxItems} items`, value)];
  const { mapKey } = schema;
  const keys = mapKey === undefined ? [] : value.map((item) => (isRecord(item) ? item[mapKey] : undefined));
  return [
    ...value.flatMap((item, index) => violations(schema.items, item, `${path}[${index}]`)),
    ...(mapKey !== undefined && new Set(keys).size < keys.length ? [wrongType(path, `must not hold the same ${mapKey} twice`, value)] : []),
  ];
}

function stringViolations(schema: StringSchema, value: string, path: string): readonly Violation[] {
  if (schema.enum?.includes(value) === false) return [wrongType(path, `must be one of ${schema.enum.join(', ')}`, value)];
  if (schema.format === 'date-time' && !isDateTime(value)) return [wrongType(path, 'must be a time as in RFC 3339', value)];
  if (schema.maxLength !== undefined && Array.from(value).length > schema.maxLength) {
    return [wrongType(path, `must have at most ${schema.maxLength} characters`, value)];
  }
  return broken(schema.rules, value, path);
}

function intOrStringViolations(schema: IntOrStringSchema, value: unknown, path: string): readonly Violation[] {
  if (typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))) return broken(schema.rules, value, path);
  return [{ path, message: schema.rules[0].message, ...given(value) }];
}

function isDateTime(value: string): boolean {
  return /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value));
}

function broken<T>(rules: readonly Rule<T>[] | undefined, value: T, path: string): readonly Violation[] {
  return (rules ?? []).filter((rule) => !rule.holds(value)).map(({ message }) => ({ path, message, ...given(value) }));
}

function wrongType(path: string, expected: string, value: unknown): Violation {
  const field = path.replace(/\[[^[]*\]$/, '');
  return { path, message: `${field.slice(field.lastIndexOf('.') + 1)} ${expected}`, ...given(value) };
}

function given(value: unknown): Pick<Violation, 'given'> {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? { given: value } : {};
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
