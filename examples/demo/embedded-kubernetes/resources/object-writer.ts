import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Draft, isObject, type JsonObject, type KubernetesObject, type ObjectMeta, omit, timestamp } from '../objects/kubernetes-object.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { alreadyExists, badRequest, conflict, type FieldError, fieldInvalid, internalError, invalid, modified, notFound, qualified } from '../objects/status-error.ts';
import { FieldSet } from '../patch/field-set.ts';
import { type FieldManager, ManagedFields, ownable } from '../patch/managed-fields.ts';
import { fillDefaults } from '../schema/fill-defaults.ts';
import { dropNulls, prune } from '../schema/prune.ts';
import { schemaViolations } from '../schema/schema-violations.ts';
import { withHead } from '../schema/structural-schema.ts';
import { nameErrors } from './name-errors.ts';
import { apiVersionOf, type ResourceDefinition } from './resource-definition.ts';

/** The way in which an object is written. */
export interface WriteOptions {
  readonly owner: FieldManager;
  /** Answer as if, but write nothing. */
  readonly dryRun?: boolean;
  /** Who owns what after the write, where the write itself has settled that. */
  readonly managed?: ManagedFields;
}

/** Brings drafts into the store: strategy of the (sub)resource, defaults, validation, versions, ownership. */
export class ObjectWriter {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** @throws StatusError */
  create(resource: ResourceDefinition, namespace: string | undefined, draft: Draft, options: WriteOptions): KubernetesObject {
    const { metadata } = draft;
    if (metadata['resourceVersion'] !== undefined && metadata['resourceVersion'] !== '' && options.owner.operation === 'Update') {
      throw internalError('resourceVersion should not be set on objects to be created');
    }
    if (namespace !== undefined && this.#store.get('namespaces', undefined, namespace) === undefined) {
      throw notFound({ ...resource, group: '', plural: 'namespaces' }, namespace);
    }
    const { generateName } = metadata;
    const name = metadata['name'] ?? (typeof generateName === 'string' ? `${generateName}${suffix()}` : '');
    const prepared = resource.prepare(
      {
        ...draft,
        ...(resource.hasStatus && resource.custom ? { status: undefined } : {}),
        metadata: {
          ...withoutServerFields(metadata),
          name,
          ...(namespace === undefined ? {} : { namespace }),
          uid: randomUUID(),
          creationTimestamp: timestamp(),
          ...(resource.hasGeneration ? { generation: 1 } : {}),
        },
      },
      undefined,
    );
    const object = this.#complete(resource, prepared);
    this.#validate(resource, object, undefined);
    if (this.#store.get(qualified(resource), namespace, object.metadata.name) !== undefined) throw alreadyExists(resource, object.metadata.name);
    const owned = withManaged(object, options.managed ?? track(resource, undefined, object, options.owner));
    return options.dryRun === true ? owned : this.#store.put(qualified(resource), owned);
  }

  /** Writes a draft over an object. With a subresource only the status counts. @throws StatusError */
  update(resource: ResourceDefinition, old: KubernetesObject, draft: Draft, options: WriteOptions): KubernetesObject {
    this.#checkVersion(resource, old, draft.metadata);
    const isStatus = options.owner.subresource === 'status';
    if (!isStatus) this.#checkIdentity(resource, old, draft.metadata);
    const prepared = resource.prepare(isStatus ? statusDraft(resource, old, draft) : mainDraft(resource, old, draft), old);
    const completed = this.#complete(resource, prepared);
    const isOther = resource.hasGeneration && !isDeepStrictEqual(desired(resource, old), desired(resource, completed));
    const object = isOther ? withMetadata(completed, { generation: (old.metadata.generation ?? 0) + 1 }) : completed;
    this.#validate(resource, object, old);
    const owned = withManaged(object, options.managed ?? track(resource, old, object, options.owner));
    if (isDeepStrictEqual(withoutTimes(owned), withoutTimes(old))) return old;
    if (options.dryRun === true) return owned;
    const isReleased = old.metadata.deletionTimestamp !== undefined && owned.metadata.finalizers === undefined && owned.metadata.deletionGracePeriodSeconds === 0;
    if (!isReleased) return this.#store.put(qualified(resource), owned);
    const removed = this.#store.remove(qualified(resource), old);
    return withMetadata(owned, { resourceVersion: removed.metadata.resourceVersion });
  }

  #checkVersion(resource: ResourceDefinition, old: KubernetesObject, metadata: JsonObject): void {
    const version = text(metadata['resourceVersion']);
    if (version === '') {
      if (resource.allowsUnconditionalUpdate) return;
      const named = { group: resource.group, kind: resource.plural };
      throw invalid(named, old.metadata.name, [fieldInvalid('metadata.resourceVersion', '0', 'must be specified for an update')]);
    }
    if (!/^\d+$/.test(version)) throw internalError(`strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
    if (version !== old.metadata.resourceVersion) throw modified(resource, old.metadata.name);
  }

  #checkIdentity(resource: ResourceDefinition, old: KubernetesObject, metadata: JsonObject): void {
    const { uid = old.metadata.uid } = metadata;
    if (uid === old.metadata.uid) return;
    // The server finds this twice, and tells of it once.
    const error = fieldInvalid('metadata.uid', JSON.stringify(uid), 'field is immutable');
    throw invalid(resource, old.metadata.name, [error, error]);
  }

  #complete(resource: ResourceDefinition, draft: Draft): KubernetesObject {
    const given = Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined));
    const pruned = resource.custom ? prune(given, resource.schema) : given;
    const object = fillDefaults(pruned, resource.schema) as KubernetesObject;
    return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: tidy(object.metadata) };
  }

  #validate(resource: ResourceDefinition, object: KubernetesObject, old: KubernetesObject | undefined): void {
    const refuse = (errors: readonly FieldError[]) => {
      if (errors.length > 0) throw invalid(resource, object.metadata.name, errors);
    };
    const errors = [...(old === undefined ? nameErrors(object.metadata) : []), ...schemaViolations(object, resource.schema)];
    const hasRules = resource.schema['x-kubernetes-validations'] !== undefined || JSON.stringify(resource.schema).includes('"x-kubernetes-validations"');
    if (errors.length > 0 && hasRules && errors.every(({ field }) => field !== 'metadata.name')) refuse([...errors, RULES_NOT_CHECKED]);
    refuse(errors);
    refuse(resource.validate(object, old));
  }
}

const RULES_NOT_CHECKED: FieldError = {
  reason: 'FieldValueInvalid',
  message: 'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};

/**
 * Reads the body of a request to create or to update.
 * @throws StatusError when it is not an object of the resource
 */
export function readDraft(resource: ResourceDefinition, body: unknown, target: { readonly namespace?: string | undefined; readonly name?: string | undefined }): Draft {
  if (!isObject(body)) throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind})`);
  const apiVersion = text(body['apiVersion']);
  const kind = text(body['kind']);
  if (resource.custom && kind === '') {
    const sent = JSON.stringify(body);
    throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${sent}' (${sent.slice(0, 30)} ...)`);
  }
  const expected = apiVersionOf(resource);
  if (apiVersion !== '' && apiVersion !== expected) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`);
  }
  if (kind !== '' && kind !== resource.kind) {
    const name = isObject(body['metadata']) ? String(body['metadata']['name']) : '';
    const error = fieldInvalid('kind', JSON.stringify(kind), `must be ${resource.kind}`);
    throw invalid({ group: resource.group, kind }, name, [error]);
  }
  const metadata = isObject(body['metadata']) ? body['metadata'] : {};
  const { namespace = target.namespace, name = target.name } = metadata;
  if (namespace !== target.namespace && namespace !== '') throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (target.name !== undefined && name !== target.name) {
    throw badRequest(`the name of the object (${String(name)}) does not match the name on the URL (${target.name})`);
  }
  const read = resource.custom ? dropNulls(body, resource.schema) : body;
  return { ...(read as JsonObject), metadata: target.name === undefined ? metadata : { ...metadata, name } };
}

/** @throws StatusError 409 when a full update names the uid of another object */
export function checkUidOfUpdate(resource: ResourceDefinition, old: KubernetesObject, metadata: JsonObject): void {
  const { uid = '' } = metadata;
  if (uid === '' || uid === old.metadata.uid) return;
  const key = ['/registry', resource.group, resource.plural, old.metadata.namespace, old.metadata.name].filter((part) => part !== undefined && part !== '').join('/');
  const why = `Precondition failed: UID in precondition: ${String(uid)}, UID in object meta: ${old.metadata.uid}`;
  throw conflict(resource, old.metadata.name, `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`);
}

function statusDraft(resource: ResourceDefinition, old: KubernetesObject, draft: Draft): Draft {
  if (resource.custom) return { ...old, status: draft['status'] };
  return { ...draft, spec: old['spec'], metadata: carried(old, draft.metadata) };
}

function mainDraft(resource: ResourceDefinition, old: KubernetesObject, draft: Draft): Draft {
  return { ...draft, ...(resource.hasStatus ? { status: old['status'] } : {}), metadata: carried(old, draft.metadata) };
}

/** Metadata of a draft, with what only the server writes as it was. */
function carried(old: KubernetesObject, sent: JsonObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp, generation, generateName, deletionTimestamp, deletionGracePeriodSeconds } = old.metadata;
  const kept = { name, namespace, uid, resourceVersion, creationTimestamp, generation, generateName, deletionTimestamp, deletionGracePeriodSeconds };
  return { ...sent, ...kept };
}

function withoutServerFields(metadata: JsonObject): JsonObject {
  return omit(metadata, 'uid', 'resourceVersion', 'creationTimestamp', 'generation', 'selfLink', 'managedFields', 'deletionTimestamp', 'deletionGracePeriodSeconds');
}

/** Without absent and empty entries, as the server writes metadata. */
function tidy(metadata: ObjectMeta): ObjectMeta {
  const isEmpty = (value: unknown) =>
    value === undefined || value === null || (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => !isEmpty(value))) as ObjectMeta;
}

/** What generation counts the changes of. */
function desired(resource: ResourceDefinition, object: KubernetesObject): JsonObject {
  return { ...object, metadata: undefined, ...(resource.hasStatus ? { status: undefined } : {}) };
}

function track(resource: ResourceDefinition, old: KubernetesObject | undefined, object: KubernetesObject, owner: FieldManager): ManagedFields {
  const before = ManagedFields.of(old);
  const { changed, removed } = FieldSet.compare(old ?? {}, object, withHead(resource.schema));
  const mine = before.fieldsOf(owner).minus(removed).union(changed);
  return before.takeFromOthers(owner, changed.union(removed)).set(owner, ownable(mine));
}

function withManaged(object: KubernetesObject, managed: ManagedFields): KubernetesObject {
  const managedFields = managed.toEntries();
  const metadata = omit(object.metadata, 'managedFields') as ObjectMeta;
  return { ...object, metadata: { ...metadata, ...(managedFields.length === 0 ? {} : { managedFields }) } };
}

function withMetadata(object: KubernetesObject, metadata: Partial<ObjectMeta>): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

function withoutTimes(object: KubernetesObject): unknown {
  const managed = new Map(object.metadata.managedFields?.map((entry) => [`${entry.manager} ${entry.operation} ${entry.subresource ?? ''}`, omit(entry, 'time')]));
  return { ...object, metadata: { ...object.metadata, managedFields: managed } };
}

/** An absent string is an empty one, as in Go. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Letters and digits that make no words (apimachinery, util/rand). */
const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789';
const suffix = () => Array.from({ length: 5 }, () => SUFFIX[randomInt(SUFFIX.length)]).join('');
