import type { Draft, KubernetesObject } from '../objects/kubernetes-object.ts';
import type { FieldError } from '../objects/status-error.ts';
import type { StructuralSchema } from '../schema/structural-schema.ts';

/** How a resource is called. */
export interface ResourceName {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** `pods` */
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames?: readonly string[];
}

/** A resource that is served, and what is particular about it. */
export interface ResourceDefinition extends ResourceName {
  readonly namespaced: boolean;
  /** Whether it comes from a CustomResourceDefinition. The server treats those differently in many small ways. */
  readonly custom: boolean;
  readonly hasStatus: boolean;
  readonly hasGeneration: boolean;
  /** Field selectors beside metadata.name and metadata.namespace: `spec.nodeName`. */
  readonly selectableFields: readonly string[];
  readonly schema: StructuralSchema;
  /** An update need not say which version it is based on. */
  readonly allowsUnconditionalUpdate: boolean;
  /** Fills in what the server fills in, beyond the schema's defaults. */
  prepare(draft: Draft, old: KubernetesObject | undefined): Draft;
  /** Refuses what the schema cannot. */
  validate(object: KubernetesObject, old: KubernetesObject | undefined): readonly FieldError[];
  /**
   * Seconds for which a deleted object stays, marked, until it is deleted with 0. Defined: deletion answers with the object.
   */
  gracePeriod?(object: KubernetesObject): number;
}

export function apiVersionOf(resource: Pick<ResourceName, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
