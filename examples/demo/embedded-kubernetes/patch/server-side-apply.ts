import { isObject, type JsonObject, type KubernetesObject } from '../objects/kubernetes-object.ts';
import { StatusError } from '../objects/status-error.ts';
import { fieldSchema, type StructuralSchema, UNTYPED } from '../schema/structural-schema.ts';
import { FieldSet, printPath, stepOf } from './field-set.ts';
import { type FieldManager, type ManagedFields, ownable } from './managed-fields.ts';

/**
 * Merges what a manager sends into an object, removes what it sent before and does not send any more (unless somebody
 * else owns it too), and notes who owns what (Kubernetes documentation, "Server-Side Apply").
 * @throws StatusError 409 with causes FieldManagerConflict when others own what would change, without `force`
 */
export function serverSideApply(parts: {
  readonly live: KubernetesObject | undefined;
  readonly configuration: JsonObject;
  readonly schema: StructuralSchema;
  readonly managed: ManagedFields;
  readonly owner: FieldManager;
  readonly force: boolean;
}): { readonly object: JsonObject; readonly managed: ManagedFields } {
  const { live, configuration, schema, owner } = parts;
  const before = parts.managed.fieldsOf(owner);
  const sent = FieldSet.of(configuration, schema);
  const managed = parts.managed.set(owner, sent);
  const merged = merge(live ?? {}, configuration, schema);
  const object = removeAbandoned(merged, schema, before, managed) as JsonObject;

  const { changed, removed } = FieldSet.compare(live ?? {}, object, schema);
  const conflicts = managed.othersOwning(owner, changed);
  if (conflicts.length > 0 && !parts.force) throw conflictError(conflicts);
  return { object, managed: parts.managed.set(owner, ownable(sent)).takeFromOthers(owner, changed.union(removed)) };
}

/** The server's own way (structured-merge-diff, merge/update.go, prune): removed, added back where still owned, never more than was applied before. */
function removeAbandoned(merged: JsonObject, schema: StructuralSchema, before: FieldSet, managed: ManagedFields): unknown {
  const applied = before.withParents();
  const present = FieldSet.of(merged, schema).withParents();
  const withoutApplied = FieldSet.of(applied.removeFrom(merged, schema), schema).withParents();
  const abandoned = present.minus(withoutApplied.union(managed.all().withParents()));
  return abandoned.and(applied).removeFrom(merged, schema);
}

function merge<Value>(live: unknown, sent: Value, schema: StructuralSchema): Value {
  if (isObject(sent) && schema['x-kubernetes-map-type'] !== 'atomic') {
    const merged: JsonObject = isObject(live) ? { ...live } : {};
    for (const [key, value] of Object.entries(sent)) merged[key] = merge(merged[key], value, fieldSchema(schema, key) ?? UNTYPED);
    return merged as Value;
  }
  if (Array.isArray(sent) && Array.isArray(live)) return mergeLists(live, sent, schema) as Value;
  return sent;
}

function mergeLists(live: readonly unknown[], sent: readonly unknown[], schema: StructuralSchema): readonly unknown[] {
  const items = new Map<string, unknown>();
  for (const item of [...live, ...sent]) {
    const step = stepOf(item, schema);
    if (step === undefined) return sent;
    items.set(step, merge(items.get(step), item, schema.items ?? UNTYPED));
  }
  return [...items.values()];
}

function conflictError(conflicts: readonly { readonly owner: FieldManager; readonly fields: FieldSet }[]): StatusError {
  const each = conflicts.flatMap(({ owner, fields }) => [...fields].map(printPath).sort().map((field) => ({ owner: printOwner(owner), field })));
  const causes = each.map(({ owner, field }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field }));
  return new StatusError(409, 'Conflict', conflictMessage(each), { causes });
}

function conflictMessage(each: readonly { readonly owner: string; readonly field: string }[]): string {
  const [only] = each;
  if (each.length === 1 && only !== undefined) return `Apply failed with 1 conflict: conflict with ${only.owner}: ${only.field}`;
  const owners = [...new Set(each.map(({ owner }) => owner))].sort();
  const told = owners.map((owner) => [`conflicts with ${owner}:`, ...each.filter((one) => one.owner === owner).map(({ field }) => `- ${field}`)].join('\n'));
  return `Apply failed with ${each.length} conflicts: ${told.join('\n')}`;
}

function printOwner({ manager, operation, apiVersion, subresource }: FieldManager): string {
  const named = `"${manager}"${subresource === undefined ? '' : ` with subresource "${subresource}"`}`;
  return operation === 'Update' ? `${named} using ${apiVersion}` : named;
}
