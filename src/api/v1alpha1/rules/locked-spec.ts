import { isDeepStrictEqual } from 'node:util';
import type { CaptureLifeFields } from '../packet-capture.ts';
import type { TransitionRule } from './rule.ts';

/** The fields of a spec that may change after creation. */
export const MUTABLE_FIELDS = ['stop', 'retainFiles', 'ttlSecondsAfterFinished'] as const satisfies (keyof CaptureLifeFields)[];

/** A rule for each field of a spec that may not be changed, added or removed after creation, and that stop is final. */
export function lockedSpec(kind: string, fields: readonly string[]): readonly TransitionRule[] {
  const mutable: readonly string[] = MUTABLE_FIELDS;
  const exceptions = `, only ${MUTABLE_FIELDS.join(', ')} can`;
  return [...fields.filter((field) => !mutable.includes(field)).map((field) => lockedField(kind, field, exceptions)), stopIsFinal(kind)];
}

/** A field of a spec may not be changed, added or removed after creation. @param exceptions said of other fields */
export function lockedField(kind: string, field: string, exceptions = ''): TransitionRule {
  return {
    cel:
      `has(self.spec.${field}) == has(oldSelf.spec.${field}) && ` +
      `(!has(self.spec.${field}) || self.spec.${field} == oldSelf.spec.${field})`,
    message: `${field} cannot change after creation${exceptions}: create another ${kind}`,
    fieldPath: `.spec.${field}`,
    holds: ({ spec }, { spec: old }) => field in spec === field in old && isDeepStrictEqual(spec[field], old[field]),
  };
}

function stopIsFinal(kind: string): TransitionRule {
  return {
    cel: '!has(oldSelf.spec.stop) || !oldSelf.spec.stop || (has(self.spec.stop) && self.spec.stop)',
    message: `stop cannot go back to false: create another ${kind}`,
    fieldPath: '.spec.stop',
    holds: ({ spec }, { spec: old }) => old['stop'] !== true || spec['stop'] === true,
  };
}
