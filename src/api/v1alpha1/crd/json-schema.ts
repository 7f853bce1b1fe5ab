import type { Rule, TransitionRule } from '../rules/rule.ts';
import type { Schema } from '../schema/schema.ts';

/** A structural OpenAPI v3 schema, as far as ours go. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'boolean' | 'integer';
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** A CEL rule with its message. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
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
