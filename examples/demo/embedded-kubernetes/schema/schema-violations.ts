import { isObject } from '../objects/kubernetes-object.ts';
import { type FieldError, fieldInvalid, fieldRequired } from '../objects/status-error.ts';
import { fieldSchema, type StructuralSchema } from './structural-schema.ts';

/** Where a value is not as the schema wants it, in the API server's words. CEL rules are not evaluated. */
export function schemaViolations(value: unknown, schema: StructuralSchema, path = ''): readonly FieldError[] {
  const wanted = typesOf(schema);
  const given = typeOf(value);
  if (value === null && schema.nullable === true) return [];
  if (wanted.length > 0 && !wanted.includes(given) && !(given === 'integer' && wanted.includes('number'))) {
    return [{ reason: 'FieldValueTypeInvalid', message: `Invalid value: "${given}": ${path} in body must be of type ${wanted.join(',')}: "${given}"`, field: path }];
  }
  const own = [...enumViolations(value, schema, path), ...(ofType(value, schema, path) ?? [])];
  if (Array.isArray(value)) {
    const { items } = schema;
    const inner = items === undefined ? [] : value.flatMap((item, i) => schemaViolations(item, items, `${path}[${i}]`));
    return [...own, ...inner];
  }
  if (!isObject(value)) return own;
  const inner = Object.entries(value).flatMap(([key, field]) => {
    const known = fieldSchema(schema, key);
    return known === undefined ? [] : schemaViolations(field, known, path === '' ? key : `${path}.${key}`);
  });
  return [...own, ...inner];
}

function typesOf(schema: StructuralSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'];
  return schema.type === undefined ? [] : [schema.type];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function enumViolations(value: unknown, schema: StructuralSchema, path: string): readonly FieldError[] {
  if (schema.enum === undefined || schema.enum.includes(value)) return [];
  const supported = schema.enum.map((each) => JSON.stringify(each)).join(', ');
  return [{ reason: 'FieldValueNotSupported', message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`, field: path }];
}

function ofType(value: unknown, schema: StructuralSchema, path: string): readonly FieldError[] | undefined {
  if (typeof value === 'number') return numberViolations(value, schema, path);
  if (typeof value === 'string') return stringViolations(value, schema, path);
  if (Array.isArray(value)) return listViolations(value, schema, path);
  return isObject(value) ? objectViolations(value, schema, path) : undefined;
}

function numberViolations(value: number, schema: StructuralSchema, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (relation: string, limit: number) => errors.push(fieldInvalid(path, String(value), `${path} in body should be ${relation} than or equal to ${limit}`));
  if (schema.minimum !== undefined && value < schema.minimum) refuse('greater', schema.minimum);
  if (schema.maximum !== undefined && value > schema.maximum) refuse('less', schema.maximum);
  return errors;
}

function stringViolations(value: string, schema: StructuralSchema, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { minLength = 0, maxLength = Infinity, pattern } = schema;
  const length = Array.from(value).length;
  if (length > maxLength) errors.push({ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maxLength} bytes`, field: path });
  if (length < minLength) errors.push(fieldInvalid(path, JSON.stringify(value), `${path} in body should be at least ${minLength} chars long`));
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) errors.push(fieldInvalid(path, JSON.stringify(value), `${path} in body should match '${pattern}'`));
  return errors;
}

function listViolations(value: readonly unknown[], schema: StructuralSchema, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { maxItems = Infinity, minItems = 0 } = schema;
  if (value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
  if (value.length < minItems) errors.push(fieldInvalid(path, String(value.length), `${path} in body should have at least ${minItems} items`));
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'map' && keys !== undefined) {
    const seen = new Set<string>();
    value.forEach((item, i) => {
      const key = JSON.stringify(Object.fromEntries(keys.map((name) => [name, isObject(item) ? item[name] : undefined])));
      if (seen.has(key)) errors.push({ reason: 'FieldValueDuplicate', message: `Duplicate value: ${key}`, field: `${path}[${i}]` });
      seen.add(key);
    });
  }
  return errors;
}

function objectViolations(value: Readonly<Record<string, unknown>>, schema: StructuralSchema, path: string): readonly FieldError[] {
  const missing = (schema.required ?? []).filter((key) => value[key] === undefined);
  const errors = missing.map((key) => fieldRequired(path === '' ? key : `${path}.${key}`));
  const count = Object.keys(value).length;
  if (schema.maxProperties !== undefined && count > schema.maxProperties) errors.push(tooMany(path, count, schema.maxProperties));
  return errors;
}

function tooMany(field: string, given: number, allowed: number): FieldError {
  return { reason: 'FieldValueTooMany', message: `Too many: ${given}: must have at most ${allowed} items`, field };
}
