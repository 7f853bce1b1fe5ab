import { crdName, GROUP, type ResourceNames, VERSION } from '../group.ts';
import type { ObjectSchema } from '../schema/schema.ts';
import { type JsonSchema, jsonSchema } from './json-schema.ts';

/** A CustomResourceDefinition of `apiextensions.k8s.io/v1`, as far as ours go. Needs Kubernetes 1.31 or newer. */
export interface CustomResourceDefinition {
  /** Always this: v1beta1 is gone since Kubernetes 1.22. */
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  /** Always this. */
  readonly kind: 'CustomResourceDefinition';
  /** What it is found by. It is of the cluster as a whole. */
  readonly metadata: {
    /** Must be `PLURAL.GROUP`. */
    readonly name: string;
  };
  /** Which resource is served, and in which versions. */
  readonly spec: CustomResourceDefinitionSpec;
}

/** Which resource a CRD serves. */
export interface CustomResourceDefinitionSpec {
  /** As in URLs and in `apiVersion`: `pcapper.io`. */
  readonly group: string;
  /** Its objects lie in namespaces. */
  readonly scope: 'Namespaced';
  /** By which the API server and `kubectl` know it. */
  readonly names: ResourceNames;
  /** One of them at least, and exactly one that is stored. */
  readonly versions: readonly CustomResourceDefinitionVersion[];
}

/** A version of a CRD. */
export interface CustomResourceDefinitionVersion {
  /** As in URLs: `v1alpha1`. */
  readonly name: string;
  /** The API server answers for it. */
  readonly served: boolean;
  /** Objects are stored in it: true for exactly one version. */
  readonly storage: boolean;
  /** What the API server lets in. */
  readonly schema: {
    /** Of the object as a whole; fields that it does not name are dropped. */
    readonly openAPIV3Schema: JsonSchema;
  };
  /** Paths beside that of the object. */
  readonly subresources: {
    /** `{}` makes /status one: writes of the object leave the status alone, and those of /status the rest. */
    readonly status: Readonly<Record<string, never>>;
  };
  /** Fields for field selectors beside name and namespace, at most 8. Kubernetes 1.31 or newer. */
  readonly selectableFields: readonly {
    /** A simple JSONPath from the root of the object: `.status.node`. */
    readonly jsonPath: string;
  }[];
  /** Columns of `kubectl get` after the name; with any of them the age has to be one, too. */
  readonly additionalPrinterColumns: readonly PrinterColumn[];
}

/** A column of `kubectl get`. */
export interface PrinterColumn {
  /** The heading. */
  readonly name: string;
  /** `date` is shown as the time since then. */
  readonly type: 'string' | 'integer' | 'date';
  /** For `kubectl` clients that show it; kubectl itself does not. */
  readonly description: string;
  /** A simple JSONPath from the root of the object: `.status.progress`. */
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
