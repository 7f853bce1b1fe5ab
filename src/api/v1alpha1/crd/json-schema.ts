import type { Rule, TransitionRule } from '../rules/rule.ts';
import type { Schema } from '../schema/schema.ts';

/** A structural OpenAPI v3 schema, as far as ours go. */
export interface JsonSchema {
  /** Absent only with `x-kubernetes-int-or-string`: a structural schema types all else. */
  readonly type?: 'object' | 'array' | 'string' | 'boolean' | 'integer';
  /** What `kubectl explain` prints. */
  readonly description?: string;
  /** Filled in by the API server where the field is absent, at each write and each read. */
  readonly default?: unknown;
  /** The texts that are allowed, and no others. */
  readonly enum?: readonly string[];
  /** Of a text: `date-time` is RFC 3339. Of an integer: `int32` or `int64`. */
  readonly format?: string;
  /** Of a text. Unicode code points. */
  readonly maxLength?: number;
  /** Of an array. It bounds the cost of CEL rules, too. */
  readonly maxItems?: number;
  /** Of a map. It bounds the cost of CEL rules, too. */
  readonly maxProperties?: number;
  /** Names of the properties that may not be absent. Default: none. */
  readonly required?: readonly string[];
  /** Of an object with fields of fixed names. Others are dropped. */
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  /** Of a map: what each of its values is like. Never beside `properties`. */
  readonly additionalProperties?: JsonSchema;
  /** What each item of an array is like. */
  readonly items?: JsonSchema;
  /** At least one of these holds. For an integer or a text: one of each. */
  readonly anyOf?: readonly JsonSchema[];
  /** It is an integer or a text, as a Quantity. */
  readonly 'x-kubernetes-int-or-string'?: boolean;
  /** How server-side apply merges lists: `atomic` as a whole, `map` item by item. */
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map';
  /** With `map`: the fields that tell items apart, which no two may share. */
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  /** Rules in CEL, all of which must hold. */
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** A CEL rule with its message. */
export interface ValidationRule {
  /** A CEL expression that is true of what is allowed; `self` is the value, and `oldSelf` the one before. */
  readonly rule: string;
  /** What the API server answers where it does not hold. */
  readonly message: string;
  /** The field that the answer names, from this value on: `.captureSeconds`. Default: the value itself. */
  readonly fieldPath?: string;
}

/** The schema as the API server reads it. */
export function jsonSchema(schema: Schema): JsonSchema {
  const { description } = schema;
  switch (schema.type) {
    case 'object':
      return {
        type: 'object',
        description,
        ...defined('default', schema.default),
        ...defined('required', schema.required),
        properties: Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, jsonSchema(field)])),
        ...validations(schema.rules, schema.transitions),
      };
    case 'map':
      return {
        type: 'object',
        description,
        maxProperties: schema.maxProperties,
        additionalProperties: jsonSchema(schema.values),
        ...validations(schema.rules),
      };
    case 'array':
      return {
        type: 'array',
        description,
        maxItems: schema.maxItems,
        items: jsonSchema(schema.items),
        ...(schema.mapKey === undefined
          ? { 'x-kubernetes-list-type': 'atomic' }
          : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [schema.mapKey] }),
      };
    case 'string':
      return {
        type: 'string',
        description,
        ...defined('default', schema.default),
        ...defined('enum', schema.enum),
        ...defined('format', schema.format),
        ...defined('maxLength', schema.maxLength),
        ...validations(schema.rules),
      };
    case 'boolean':
      return { type: 'boolean', description, ...defined('default', schema.default) };
    case 'integer':
      return { type: 'integer', format: 'int64', description };
    case 'int-or-string':
      return {
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        'x-kubernetes-int-or-string': true,
        description,
        ...defined('default', schema.default),
        ...validations(schema.rules),
      };
  }
}

function validations(
  rules: readonly Pick<Rule<never>, 'cel' | 'message'>[] = [],
  transitions: readonly TransitionRule[] = [],
): Pick<JsonSchema, 'x-kubernetes-validations'> {
  const all = [
    ...rules.map(({ cel, message }) => ({ rule: cel, message })),
    ...transitions.map(({ cel, message, fieldPath }) => ({ rule: cel, message, fieldPath })),
  ];
  return all.length > 0 ? { 'x-kubernetes-validations': all } : {};
}

function defined<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, Value>>);
}
