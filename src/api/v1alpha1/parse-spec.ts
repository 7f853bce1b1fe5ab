import type { CaptureError } from '../../core/errors/capture-error.ts';
import { requestInvalid } from './request-invalid.ts';
import type { ObjectSchema } from './schema/schema.ts';
import { violations } from './schema/violations.ts';
import { isRecord, withDefaults } from './schema/with-defaults.ts';

/** What an object asks for, with defaults, or everything that is wrong with it. */
export type Demanded<Spec> = { readonly valid: true; readonly spec: Spec } | { readonly valid: false; readonly error: CaptureError };

/** Reads the spec of an object of any shape. @param schema of which `Spec` is the type */
export function parseSpec<Spec>(kind: string, schema: ObjectSchema, object: unknown): Demanded<Spec> {
  const spec = isRecord(object) && isRecord(object['spec']) ? withDefaults(schema, object['spec']) : undefined;
  const wrong = spec === undefined ? [{ path: 'spec', message: 'spec is required' }] : violations(schema, spec, 'spec');
  return wrong.length > 0 ? { valid: false, error: requestInvalid(kind, wrong) } : { valid: true, spec: spec as Spec };
}
