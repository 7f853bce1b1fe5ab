import type { Rule } from './rule.ts';

interface Range {
  readonly field: string;
  readonly min: number;
  readonly max: number;
  /** ` of seconds` */
  readonly unit?: string;
  /** Said after the range: ` (7 days)`. */
  readonly note?: string;
}

/** More digits would not fit into CEL's int. */
const DIGITS = '^[0-9]{1,18}$';

/** A whole number within a range, as an integer or as digits in a string. */
export function wholeNumber({ field, min, max, unit = '', note = '' }: Range): Rule<number | string> {
  return {
    cel: `(type(self) == int || self.matches('${DIGITS}')) && int(self) >= ${min} && int(self) <= ${max}`,
    message: `${field} must be a whole number${unit} from ${min} to ${max}${note}`,
    holds: (value) => (typeof value === 'number' || new RegExp(DIGITS).test(value)) && Number(value) >= min && Number(value) <= max,
  };
}
