/** The resources of `pcapper.io/v1alpha1`: types, validation, defaults, and the CRDs made from them. */
export * from './group.ts';
export type * from './object-meta.ts';
export type * from './condition.ts';
export type * from './packet-capture.ts';
export * from './packet-capture-status.ts';
export * from './packet-capture-set.ts';
export type { Violation } from './schema/violations.ts';
export * from './validate.ts';
export * from './parse-packet-capture.ts';
export * from './parse-packet-capture-set.ts';
export * from './observe-packet-capture.ts';
export * from './warnings.ts';
export * from './conditions.ts';
export * from './status-of.ts';
export type { JsonSchema, ValidationRule } from './crd/json-schema.ts';
export type { CustomResourceDefinition, CustomResourceDefinitionSpec, CustomResourceDefinitionVersion, PrinterColumn } from './crd/custom-resource-definition.ts';
export * from './crd/packet-capture-crd.ts';
export * from './crd/packet-capture-set-crd.ts';
