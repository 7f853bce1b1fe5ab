import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../objects/kubernetes-object.ts';
import { fieldSchema, type StructuralSchema, UNTYPED } from '../schema/structural-schema.ts';

/** A step of a path as FieldsV1 writes it: `f:status`, `k:{"type":"Ready"}`, `v:"x"`. */
type Step = string;
type Path = readonly Step[];

/** A set of fields of an object, as managedFields keep them (structured-merge-diff, fieldpath). */
export class FieldSet {
  readonly #paths: ReadonlyMap<string, Path>;

  static readonly EMPTY = new FieldSet([]);

  constructor(paths: Iterable<Path>) {
    this.#paths = new Map([...paths].map((path) => [JSON.stringify(path), path]));
  }

  /** The fields that a value has: leaves, empty containers, and the entries of maps and keyed lists. */
  static of(value: unknown, schema: StructuralSchema): FieldSet {
    return new FieldSet(leaves(value, schema, []).keys());
  }

  /** The fields whose value differs between two objects. `changed`: new or other; `removed`: no longer there. */
  static compare(before: unknown, after: unknown, schema: StructuralSchema): { readonly changed: FieldSet; readonly removed: FieldSet } {
    const old = new Map([...leaves(before, schema, [])].map(([path, value]) => [JSON.stringify(path), value]));
    const now = leaves(after, schema, []);
    const changed = [...now].filter(([path, value]) => {
      const key = JSON.stringify(path);
      return !old.has(key) || !isDeepStrictEqual(old.get(key), value);
    });
    return {
      changed: new FieldSet(changed.map(([path]) => path)),
      removed: FieldSet.of(before, schema).minus(new FieldSet(now.keys())),
    };
  }

  static parse(fields: JsonObject, above: Path = []): FieldSet {
    const paths = Object.entries(fields).flatMap(([step, inner]): Path[] => {
      if (step === '.') return [above];
      const path = [...above, step];
      return isObject(inner) && Object.keys(inner).length > 0 ? [...FieldSet.parse(inner, path)] : [path];
    });
    return new FieldSet(paths);
  }

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  [Symbol.iterator](): Iterator<Path> {
    return this.#paths.values();
  }

  has(path: Path): boolean {
    return this.#paths.has(JSON.stringify(path));
  }

  hasBelow(path: Path): boolean {
    return [...this].some((each) => each.length > path.length && path.every((step, i) => step === each[i]));
  }

  union(other: FieldSet): FieldSet {
    return new FieldSet([...this, ...other]);
  }

  minus(other: FieldSet): FieldSet {
    return this.filter((path) => !other.has(path));
  }

  and(other: FieldSet): FieldSet {
    return this.filter((path) => other.has(path));
  }

  filter(keep: (path: Path) => boolean): FieldSet {
    return new FieldSet([...this].filter(keep));
  }

  /** With every named field that members lie in. */
  withParents(): FieldSet {
    const parents = [...this].flatMap((path) => path.map((_, i) => path.slice(0, i + 1)).filter((prefix) => prefix.at(-1)?.startsWith('f:')));
    return new FieldSet([...this, ...parents]);
  }

  toFieldsV1(): JsonObject {
    const root: JsonObject = {};
    for (const path of this) {
      let at = root;
      for (const step of path) at = (at[step] ??= {}) as JsonObject;
      if (this.hasBelow(path)) at['.'] = {};
    }
    return root;
  }

  /** A value without these fields. A container that loses its last entry becomes null, as in the API server. */
  removeFrom(value: unknown, schema: StructuralSchema, path: Path = []): unknown {
    if (!this.hasBelow(path)) return value;
    if (Array.isArray(value)) {
      const kept = value.flatMap((item: unknown) => {
        const inner = [...path, stepOf(item, schema) ?? ''];
        return this.has(inner) ? [] : [this.removeFrom(item, schema.items ?? UNTYPED, inner)];
      });
      return kept.length > 0 ? kept : null;
    }
    if (!isObject(value)) return value;
    const kept = Object.entries(value).flatMap(([key, field]) => {
      const inner = [...path, `f:${key}`];
      return this.has(inner) ? [] : [[key, this.removeFrom(field, fieldSchema(schema, key) ?? UNTYPED, inner)] as const];
    });
    return kept.length > 0 ? Object.fromEntries(kept) : null;
  }
}

/** `.status.conditions[type="Ready"].status` */
export function printPath(path: Path): string {
  return path
    .map((step) => {
      const content = step.slice(2);
      if (step.startsWith('f:')) return `.${content}`;
      if (step.startsWith('v:')) return `[=${content}]`;
      const keys = Object.entries(JSON.parse(content) as JsonObject).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      return `[${keys.join(',')}]`;
    })
    .join('');
}

/** How a list names its items; `undefined` where the list is atomic. */
export function stepOf(item: unknown, schema: StructuralSchema): Step | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'set') return `v:${JSON.stringify(item)}`;
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !isObject(item)) return undefined;
  const key = [...keys].sort().map((name) => [name, item[name] ?? schema.items?.properties?.[name]?.default]);
  return `k:${JSON.stringify(Object.fromEntries(key))}`;
}

const isKeyed = (schema: StructuralSchema) => schema['x-kubernetes-list-type'] === 'map' || schema['x-kubernetes-list-type'] === 'set';

/** Every field that can be owned, with its value; containers have none of their own. */
function leaves(value: unknown, schema: StructuralSchema, path: Path): ReadonlyMap<Path, unknown> {
  const found = new Map<Path, unknown>();
  const descend = (inner: unknown, innerSchema: StructuralSchema, innerPath: Path, isEntry: boolean) => {
    const below = leaves(inner, innerSchema, innerPath);
    if (isEntry && ![...below.keys()].some((each) => each.length === innerPath.length)) found.set(innerPath, undefined);
    for (const [each, content] of below) found.set(each, content);
  };
  if (Array.isArray(value) && isKeyed(schema)) {
    for (const item of value as unknown[]) descend(item, schema.items ?? UNTYPED, [...path, stepOf(item, schema) ?? ''], true);
  } else if (isObject(value) && schema['x-kubernetes-map-type'] !== 'atomic' && Object.keys(value).length > 0) {
    for (const [key, inner] of Object.entries(value)) {
      descend(inner, fieldSchema(schema, key) ?? UNTYPED, [...path, `f:${key}`], schema.properties?.[key] === undefined);
    }
  } else if (path.length > 0) {
    found.set(path, value);
  }
  return found;
}
