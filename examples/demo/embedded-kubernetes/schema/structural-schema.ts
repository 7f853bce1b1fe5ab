/** A structural OpenAPI v3 schema, as CustomResourceDefinitions hold it: what is used of it here. */
export interface StructuralSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly unknown[];
}

/** Anything goes. */
export const UNTYPED: StructuralSchema = { 'x-kubernetes-preserve-unknown-fields': true };

/** The part of ObjectMeta that writers can own, as far as lists and maps in it matter. */
export const METADATA: StructuralSchema = {
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
    finalizers: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    ownerReferences: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['uid'], items: UNTYPED },
  },
};

/** The schema of an object as a whole, whatever a resource's own schema says of its head. */
export function withHead(schema: StructuralSchema): StructuralSchema {
  const properties = { ...schema.properties, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: METADATA };
  return { ...schema, type: 'object', properties };
}

/** The schema of a field of an object; `undefined` where it has none. */
export function fieldSchema(schema: StructuralSchema, field: string): StructuralSchema | undefined {
  const declared = schema.properties?.[field];
  if (declared !== undefined) return declared;
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  return schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true ? UNTYPED : undefined;
}
