import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../objects/kubernetes-object.ts';
import { patchRejected } from '../objects/status-error.ts';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/**
 * RFC 6902, as the API server reads it: `replace` of what is absent adds it, and `test` of what is absent holds for null.
 * @throws StatusError 422 when it does not apply
 */
export function jsonPatch(target: JsonObject, operations: readonly Operation[]): JsonObject {
  const document = structuredClone(target);
  for (const operation of operations) perform(document, operation);
  return document;
}

function perform(document: JsonObject, { op, path, from, value }: Operation): void {
  switch (op) {
    case 'add':
    case 'replace':
      put(document, path, structuredClone(value), op === 'add');
      return;
    case 'remove':
      remove(document, path);
      return;
    case 'copy':
      put(document, path, structuredClone(read(document, from)), true);
      return;
    case 'move': {
      const moved = read(document, from);
      remove(document, from);
      put(document, path, moved, true);
      return;
    }
    case 'test':
      if (!isDeepStrictEqual(read(document, path) ?? null, value ?? null)) throw patchRejected();
      return;
    default:
      throw patchRejected();
  }
}

/** What holds the last step of a pointer (RFC 6901), and that step. */
function holder(document: JsonObject, pointer: string | undefined): { readonly within: JsonObject | unknown[]; readonly key: string } {
  if (pointer?.startsWith('/') !== true) throw patchRejected();
  const steps = pointer.slice(1).split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = steps.pop() ?? '';
  let within: unknown = document;
  for (const step of steps) within = Array.isArray(within) ? within[Number(step)] : isObject(within) ? within[step] : undefined;
  if (!Array.isArray(within) && !isObject(within)) throw patchRejected();
  return { within, key };
}

function read(document: JsonObject, pointer: string | undefined): unknown {
  const { within, key } = holder(document, pointer);
  return Array.isArray(within) ? within[indexOf(key, within.length - 1)] : within[key];
}

function put(document: JsonObject, pointer: string, value: unknown, insert: boolean): void {
  const { within, key } = holder(document, pointer);
  if (!Array.isArray(within)) within[key] = value;
  else if (insert) within.splice(key === '-' ? within.length : indexOf(key, within.length), 0, value);
  else within[indexOf(key, within.length - 1)] = value;
}

function remove(document: JsonObject, pointer: string | undefined): void {
  const { within, key } = holder(document, pointer);
  if (Array.isArray(within)) within.splice(indexOf(key, within.length - 1), 1);
  else if (!Object.hasOwn(within, key)) throw patchRejected();
  else Reflect.deleteProperty(within, key);
}

function indexOf(key: string, last: number): number {
  const index = Number(key);
  if (!/^\d+$/.test(key) || index > last) throw patchRejected();
  return index;
}
