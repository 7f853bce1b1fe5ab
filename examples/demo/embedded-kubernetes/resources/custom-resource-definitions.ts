import { type Draft, isObject, type JsonObject, type KubernetesObject, timestamp } from '../objects/kubernetes-object.ts';
import { type FieldError, fieldInvalid, fieldRequired } from '../objects/status-error.ts';
import { type StructuralSchema, UNTYPED, withHead } from '../schema/structural-schema.ts';
import type { ResourceDefinition, ResourceName } from './resource-definition.ts';

/** Rules of a resource beyond its schema: what CEL says of it on a real server. */
export interface ResourceRules {
  /** Everything that is wrong with an object that has its defaults, and with its taking the place of `old`. */
  validate(object: unknown, old?: unknown): readonly RuleViolation[];
}

export interface RuleViolation {
  /** `spec.captureSeconds` */
  readonly path: string;
  readonly message: string;
}

export const customResourceDefinitions: ResourceDefinition = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  kind: 'CustomResourceDefinition',
  listKind: 'CustomResourceDefinitionList',
  shortNames: ['crd', 'crds'],
  namespaced: false,
  custom: false,
  hasStatus: true,
  hasGeneration: true,
  selectableFields: [],
  schema: UNTYPED,
  allowsUnconditionalUpdate: false,
  prepare: prepareDefinition,
  validate: definitionErrors,
};

interface Definition {
  readonly group: string;
  readonly scope: string;
  readonly names: { readonly plural: string; readonly kind: string; readonly singular: string; readonly listKind: string; readonly shortNames?: readonly string[] };
  readonly versions: readonly {
    readonly name: string;
    readonly served: boolean;
    readonly storage: boolean;
    readonly subresources?: { readonly status?: object };
    readonly selectableFields?: readonly { readonly jsonPath: string }[];
    readonly schema?: { readonly openAPIV3Schema?: StructuralSchema };
  }[];
}

/** The resources that a CustomResourceDefinition defines, one for each version that is served. */
export function definedResources(object: KubernetesObject, rules: ResourceRules | undefined): readonly ResourceDefinition[] {
  const { group, scope, names, versions } = object['spec'] as Definition;
  return versions
    .filter((version) => version.served)
    .map((version): ResourceDefinition => {
      const name: ResourceName = { ...names, group, version: version.name };
      const declared = version.schema?.openAPIV3Schema ?? {};
      return {
        ...name,
        namespaced: scope === 'Namespaced',
        custom: true,
        hasStatus: version.subresources?.status !== undefined,
        hasGeneration: true,
        selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
        schema: withHead(declared),
        allowsUnconditionalUpdate: false,
        prepare: (draft) => draft,
        validate: (candidate, old) =>
          (rules?.validate(candidate, old) ?? []).map(({ path, message }) => fieldInvalid(path, given(candidate, path), message)),
      };
    });
}

/** What a CEL rule's error quotes: the type of what it stands on, nothing for int-or-string. */
function given(object: KubernetesObject, path: string): string {
  let value: unknown = object;
  for (const key of path.split(/[.[\]]+/)) value = isObject(value) || Array.isArray(value) ? (value as JsonObject)[key] : undefined;
  return JSON.stringify(Array.isArray(value) ? 'array' : typeof value);
}

function prepareDefinition(draft: Draft, old: KubernetesObject | undefined): Draft {
  const spec = isObject(draft['spec']) ? draft['spec'] : {};
  const names = isObject(spec['names']) ? spec['names'] : {};
  const kind = String(names['kind']);
  const completed = { singular: kind.toLowerCase(), listKind: `${kind}List`, ...names };
  const versions = Array.isArray(spec['versions']) ? (spec['versions'] as JsonObject[]) : [];
  const condition = (type: string, reason: string, message: string) => ({ type, status: 'True', lastTransitionTime: timestamp(), reason, message });
  return {
    ...draft,
    spec: { conversion: { strategy: 'None' }, ...spec, names: completed },
    status: {
      conditions: (old?.['status'] as JsonObject | undefined)?.['conditions'] ?? [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      acceptedNames: completed,
      storedVersions: versions.filter((version) => version['storage'] === true).map((version) => version['name']),
    },
  };
}

function definitionErrors(object: KubernetesObject): readonly FieldError[] {
  const { group, names, scope, versions } = object['spec'] as Partial<Definition>;
  const errors: FieldError[] = [];
  if (object.metadata.name !== `${names?.plural ?? ''}.${group ?? ''}`) {
    errors.push(fieldInvalid('metadata.name', JSON.stringify(object.metadata.name), 'must be spec.names.plural+"."+spec.group'));
  }
  if (group === undefined) errors.push(fieldRequired('spec.group'));
  else if (!group.includes('.')) errors.push(fieldInvalid('spec.group', JSON.stringify(group), 'should be a domain with at least one dot'));
  if (scope === undefined) errors.push(fieldRequired('spec.scope'));
  if (versions === undefined) errors.push(fieldRequired('spec.versions'));
  return errors;
}
