import { isDeepStrictEqual } from 'node:util';
import type { CaptureLifeFields } from '../packet-capture.ts';
import type { TransitionRule } from './rule.ts';

/** The fields of a spec that may change after creation. */
export const MUTABLE_FIELDS = ['stop', 'retainFiles', 'ttlSecondsAfterFinished'] as const satisfies (keyof CaptureLifeFields)[];

/** A rule for each field of a spec that may not be changed, added or removed after creation, and that stop is final. */
export function lockedSpec(kind: string, fields: readonly string[]): readonly TransitionRule[] {
  const mutable: readonly string[] = MUTABLE_FIELDS;
  return [...fields.filter((field) => !mutable.includes(field)).map((field) => locked(kind, field)), stopIsFinal(kind)];
}

function locked(kind: string, field: string): TransitionRule {
  return {
    cel:
      `has(self.spec.${field}) == has(oldSelf.spec.${field}) && ` +
      `(!has(self.spec.${field}) || self.spec.${field} == oldSelf.spec.${field})`,
    message: `${field} cannot change after creation, only ${MUTABLE_FIELDS.join(', ')} can: create another ${kind}`,
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
