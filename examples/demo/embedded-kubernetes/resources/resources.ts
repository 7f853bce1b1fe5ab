import { type Draft, isObject, type JsonObject, type KubernetesObject, omit, timestamp } from '../objects/kubernetes-object.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { badRequest, fieldRequired, internalError, invalid, methodNotAllowed, modified, notFound, preconditionFailed, qualified, StatusError, unsupportedMediaType } from '../objects/status-error.ts';
import { jsonPatch } from '../patch/json-patch.ts';
import { type FieldManager, ManagedFields } from '../patch/managed-fields.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { serverSideApply } from '../patch/server-side-apply.ts';
import { undeclaredField } from '../schema/prune.ts';
import { withHead } from '../schema/structural-schema.ts';
import { checkUidOfUpdate, ObjectWriter, readDraft } from './object-writer.ts';
import { apiVersionOf, type ResourceDefinition } from './resource-definition.ts';

/** One object, or one to be. */
export interface ObjectTarget {
  readonly resource: ResourceDefinition;
  /** Absent for resources of the cluster. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly subresource: string | undefined;
}

export interface WriteQuery {
  readonly fieldManager?: string | undefined;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'] as const;
export type PatchType = (typeof PATCH_TYPES)[number];

/** The verbs on objects, as the API server performs them. Every method throws StatusError. */
export class Resources {
  readonly #store: ObjectStore;
  readonly #writer: ObjectWriter;

  constructor(store: ObjectStore) {
    this.#store = store;
    this.#writer = new ObjectWriter(store);
  }

  get({ resource, namespace, name, subresource }: ObjectTarget): KubernetesObject {
    const object = this.#store.get(qualified(resource), namespace, name);
    const isServed = subresource === undefined || (subresource === 'status' && resource.hasStatus);
    if (object === undefined || !isServed) throw notFound(resource, name);
    return object;
  }

  create(resource: ResourceDefinition, namespace: string | undefined, body: unknown, query: WriteQuery): KubernetesObject {
    const draft = readDraft(resource, body, { namespace });
    return this.#writer.create(resource, namespace, draft, { owner: ownerOf(resource, 'Update', undefined, query), dryRun: query.dryRun === true });
  }

  update(target: ObjectTarget, body: unknown, query: WriteQuery): KubernetesObject {
    const draft = readDraft(target.resource, body, target);
    const old = this.get(target);
    checkUidOfUpdate(target.resource, old, draft.metadata);
    return this.#writer.update(target.resource, old, draft, { owner: ownerOf(target.resource, 'Update', target.subresource, query), dryRun: query.dryRun === true });
  }

  patch(target: ObjectTarget, type: string, body: unknown, query: WriteQuery): { readonly object: KubernetesObject; readonly created: boolean } {
    if (type === 'application/apply-patch+yaml') return this.#apply(target, body, query);
    if (type !== 'application/merge-patch+json' && type !== 'application/json-patch+json') throw unsupportedMediaType(PATCH_TYPES);
    const { resource } = target;
    const old = this.get(target);
    const patched = type === 'application/merge-patch+json' ? mergePatch(old, readMergePatch(body)) : jsonPatch(old, readJsonPatch(body));
    const draft = readDraft(resource, patched, target);
    const owner = ownerOf(resource, 'Update', target.subresource, query);
    return { object: this.#writer.update(resource, old, draft, { owner, dryRun: query.dryRun === true }), created: false };
  }

  /** @returns the object that goes on to exist, or the `Status` of its end */
  delete(target: ObjectTarget, body: unknown, query: { readonly gracePeriodSeconds?: number | undefined }): KubernetesObject | JsonObject {
    const { resource } = target;
    if (target.subresource !== undefined) throw methodNotAllowed(resource, 'delete');
    const object = this.get(target);
    const { preconditions, gracePeriodSeconds = query.gracePeriodSeconds } = isObject(body) ? body : {};
    if (isObject(preconditions)) checkPreconditions(resource, object, preconditions);
    const usual = resource.gracePeriod?.(object) ?? 0;
    const grace = usual === 0 ? 0 : Number(gracePeriodSeconds ?? usual);
    const isHeld = (object.metadata.finalizers ?? []).length > 0;
    if (isHeld || grace > 0) return this.#markDeleted(resource, object, grace);
    if (resource.gracePeriod === undefined) {
      const removed = this.#store.remove(qualified(resource), object);
      if (resource.kind === 'Namespace' && resource.group === '') this.#removeContent(object.metadata.name);
      return deletedStatus(resource, removed);
    }
    // The server writes the mark first, and so do watches see it.
    return this.#store.remove(qualified(resource), this.#markDeleted(resource, object, 0));
  }

  #markDeleted(resource: ResourceDefinition, object: KubernetesObject, grace: number): KubernetesObject {
    const { deletionTimestamp, deletionGracePeriodSeconds, generation } = object.metadata;
    if (deletionTimestamp !== undefined && (deletionGracePeriodSeconds ?? 0) <= grace) return object;
    const next = marked(object, grace);
    if (deletionTimestamp === undefined && generation !== undefined) next.metadata.generation = generation + 1;
    return this.#store.put(qualified(resource), next);
  }

  /** What the namespace controller does on a cluster. */
  #removeContent(namespace: string): void {
    for (const collection of this.#store.collections()) {
      for (const object of this.#store.list(collection, namespace)) this.#store.remove(collection, object);
    }
  }

  #apply(target: ObjectTarget, body: unknown, query: WriteQuery): { readonly object: KubernetesObject; readonly created: boolean } {
    const { resource, namespace, name, subresource } = target;
    if (query.fieldManager === undefined || query.fieldManager === '') {
      throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [fieldRequired('fieldManager', 'is required for apply patch')]);
    }
    const { configuration, version } = readConfiguration(target, body);
    checkDeclared(resource, configuration);
    const live = subresource === undefined ? this.#store.get(qualified(resource), namespace, name) : this.get(target);
    if (live !== undefined && version !== undefined && version !== live.metadata.resourceVersion) throw modified(resource, name);
    const owner = ownerOf(resource, 'Apply', subresource, query);
    const { object, managed } = serverSideApply({
      live,
      configuration,
      schema: withHead(resource.schema),
      managed: ManagedFields.of(live),
      owner,
      force: query.force === true,
    });
    const options = { owner, managed, dryRun: query.dryRun === true };
    const draft = object as Draft;
    if (live === undefined) return { object: this.#writer.create(resource, namespace, draft, options), created: true };
    return { object: this.#writer.update(resource, live, draft, options), created: false };
  }
}

function ownerOf(resource: ResourceDefinition, operation: FieldManager['operation'], subresource: string | undefined, query: WriteQuery): FieldManager {
  return { manager: query.fieldManager ?? 'unknown', operation, apiVersion: apiVersionOf(resource), ...(subresource === undefined ? {} : { subresource }) };
}

function readMergePatch(body: unknown): JsonObject {
  if (isObject(body)) return body;
  throw badRequest(`error decoding patch: json: cannot unmarshal ${Array.isArray(body) ? 'array' : typeof body} into Go value of type map[string]interface {}`);
}

function readJsonPatch(body: unknown): Parameters<typeof jsonPatch>[1] {
  if (Array.isArray(body)) return body as Parameters<typeof jsonPatch>[1];
  throw badRequest(`error decoding patch: json: cannot unmarshal ${isObject(body) ? 'object' : typeof body} into Go value of type []handlers.jsonPatchOp`);
}

/** What counts of an applied configuration: on /status only the status, else all but the status. */
function readConfiguration({ resource, namespace, name, subresource }: ObjectTarget, body: unknown): { readonly configuration: JsonObject; readonly version: unknown } {
  if (!isObject(body)) throw badRequest('error decoding YAML: the configuration must be an object');
  const { apiVersion = '', kind = '' } = body;
  if (apiVersion === '' || kind === '') throw badRequest(`invalid object type: ${String(apiVersion)}/, Kind=${String(kind)}`);
  const draft = readDraft(resource, body, { namespace, name });
  const { resourceVersion: version, managedFields, ...sent } = draft.metadata;
  const metadata = omit(sent, 'uid');
  if (managedFields !== undefined) throw new StatusError(400, 'BadRequest', 'metadata.managedFields must be nil');
  const head = { apiVersion, kind };
  const { status, ...main } = draft;
  if (subresource === 'status') return { configuration: { ...head, metadata: { name }, ...(status === undefined ? {} : { status }) }, version };
  return { configuration: { ...(resource.hasStatus ? main : draft), metadata }, version };
}

/** An applied configuration may only hold what the schema declares; elsewhere the rest is pruned. */
function checkDeclared(resource: ResourceDefinition, configuration: JsonObject): void {
  const field = undeclaredField(configuration, withHead(resource.schema));
  if (field === undefined) return;
  const { namespace = '', name } = configuration['metadata'] as { readonly namespace?: string; readonly name: string };
  const what = `${namespace}/${name}; ${apiVersionOf(resource)}, Kind=${resource.kind}`;
  throw internalError(`failed to create typed patch object (${what}): .${field}: field not declared in schema`);
}

function checkPreconditions(resource: ResourceDefinition, { metadata }: KubernetesObject, preconditions: JsonObject): void {
  const { uid = metadata.uid, resourceVersion = metadata.resourceVersion } = preconditions;
  if (uid !== metadata.uid) {
    const why = `the UID in the precondition (${String(uid)}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw preconditionFailed(resource, metadata.name, why);
  }
  if (resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${String(resourceVersion)}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw preconditionFailed(resource, metadata.name, why);
  }
}

function marked(object: KubernetesObject, grace: number): KubernetesObject {
  const { deletionTimestamp = timestamp(new Date(Date.now() + grace * 1000)) } = object.metadata;
  return { ...object, metadata: { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: grace } };
}

function deletedStatus(resource: ResourceDefinition, { metadata }: KubernetesObject): JsonObject {
  const details = { name: metadata.name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural, uid: metadata.uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}
