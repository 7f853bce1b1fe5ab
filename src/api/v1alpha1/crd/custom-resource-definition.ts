import { crdName, GROUP, type ResourceNames, VERSION } from '../group.ts';
import type { ObjectSchema } from '../schema/schema.ts';
import { type JsonSchema, jsonSchema } from './json-schema.ts';

/** A CustomResourceDefinition of `apiextensions.k8s.io/v1`, as far as ours go. Needs Kubernetes 1.31 or newer. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced';
    readonly names: ResourceNames;
    readonly versions: readonly CustomResourceDefinitionVersion[];
  };
}

/** A version of a CRD. */
export interface CustomResourceDefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: JsonSchema };
  readonly subresources: { readonly status: Readonly<Record<string, never>> };
  readonly selectableFields: readonly { readonly jsonPath: string }[];
  readonly additionalPrinterColumns: readonly PrinterColumn[];
}

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly description: string;
  readonly jsonPath: string;
  /** 1 shows it with `-o wide` only. */
  readonly priority?: 1;
}

/** The CRD of one of our resources. */
export function customResourceDefinition({ group = GROUP, ...parts }: {
  /** By default `pcapper.io`. */
  readonly group?: string;
  readonly names: ResourceNames;
  readonly schema: ObjectSchema;
  readonly selectableFields: readonly string[];
  readonly columns: readonly PrinterColumn[];
}): CustomResourceDefinition {
  const root = jsonSchema(parts.schema);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: crdName({ ...parts.names, group }) },
    spec: {
      group,
      scope: 'Namespaced',
      names: parts.names,
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              ...root,
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                ...root.properties,
              },
            },
          },
          subresources: { status: {} },
          selectableFields: parts.selectableFields.map((jsonPath) => ({ jsonPath })),
          additionalPrinterColumns: parts.columns,
        },
      ],
    },
  };
}
