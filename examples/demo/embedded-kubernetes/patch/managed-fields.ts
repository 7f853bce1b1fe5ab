import { type KubernetesObject, type ManagedFieldsEntry, timestamp } from '../objects/kubernetes-object.ts';
import { FieldSet } from './field-set.ts';

/** Who writes, and how. Each is an owner of its own. */
export interface FieldManager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource?: string;
}

/** Fields that belong to the server (structured-merge-diff in apimachinery, stripMeta). */
const SERVER_FIELDS = FieldSet.parse({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': Object.fromEntries(
    ['.', 'f:name', 'f:namespace', 'f:generateName', 'f:uid', 'f:resourceVersion', 'f:creationTimestamp', 'f:generation', 'f:selfLink'].map((f) => [f, {}]),
  ),
});
const SERVER_OWNED = new Set(['f:managedFields', 'f:deletionTimestamp', 'f:deletionGracePeriodSeconds']);

/** The fields that a writer can own. */
export function ownable(fields: FieldSet): FieldSet {
  return fields.minus(SERVER_FIELDS).filter((path) => !(path[0] === 'f:metadata' && SERVER_OWNED.has(path[1] ?? '')));
}

interface Ownership {
  readonly owner: FieldManager;
  readonly fields: FieldSet;
  readonly time: string;
}

/** Who owns which fields of an object. It is never changed in place. */
export class ManagedFields {
  readonly #entries: readonly Ownership[];

  static of(object: KubernetesObject | undefined): ManagedFields {
    return new ManagedFields(
      (object?.metadata.managedFields ?? []).map(({ manager, operation, apiVersion, subresource, fieldsV1, time }) => ({
        owner: { manager, operation, apiVersion, ...(subresource === undefined ? {} : { subresource }) },
        fields: FieldSet.parse(fieldsV1),
        time,
      })),
    );
  }

  private constructor(entries: readonly Ownership[]) {
    this.#entries = entries;
  }

  fieldsOf(owner: FieldManager): FieldSet {
    return this.#entries.find((entry) => isSame(entry.owner, owner))?.fields ?? FieldSet.EMPTY;
  }

  all(): FieldSet {
    return this.#entries.reduce((all, { fields }) => all.union(fields), FieldSet.EMPTY);
  }

  /** What others own of these fields. */
  othersOwning(owner: FieldManager, fields: FieldSet): readonly Pick<Ownership, 'owner' | 'fields'>[] {
    return this.#entries
      .filter((entry) => !isSame(entry.owner, owner))
      .map((entry) => ({ owner: entry.owner, fields: entry.fields.and(fields) }))
      .filter((entry) => !entry.fields.isEmpty);
  }

  /** The owner now owns exactly these fields. */
  set(owner: FieldManager, fields: FieldSet): ManagedFields {
    const before = this.#entries.find((entry) => isSame(entry.owner, owner));
    const others = this.#entries.filter((entry) => entry !== before);
    if (fields.isEmpty) return new ManagedFields(others);
    const isUnchanged = before !== undefined && before.fields.minus(fields).isEmpty && fields.minus(before.fields).isEmpty;
    return new ManagedFields([...others, { owner, fields, time: isUnchanged ? before.time : timestamp() }]);
  }

  /** Nobody but the owner keeps these fields. */
  takeFromOthers(owner: FieldManager, fields: FieldSet): ManagedFields {
    const rest = this.#entries.map((entry) => (isSame(entry.owner, owner) ? entry : { ...entry, fields: entry.fields.minus(fields) }));
    return new ManagedFields(rest.filter((entry) => !entry.fields.isEmpty));
  }

  toEntries(): ManagedFieldsEntry[] {
    return this.#entries.map(({ owner, fields, time }) => ({
      manager: owner.manager,
      operation: owner.operation,
      apiVersion: owner.apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: fields.toFieldsV1(),
      ...(owner.subresource === undefined ? {} : { subresource: owner.subresource }),
    }));
  }
}

function isSame(a: FieldManager, b: FieldManager): boolean {
  return a.manager === b.manager && a.operation === b.operation && a.apiVersion === b.apiVersion && a.subresource === b.subresource;
}
