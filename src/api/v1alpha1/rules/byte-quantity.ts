import { tryParseQuantity } from '../../../core/quantity.ts';
import { celString } from './cel-string.ts';
import type { Rule } from './rule.ts';

interface Range {
  readonly field: string;
  /** Quantities of whole bytes: `1M`. */
  readonly min: string;
  readonly max: string;
}

/** As much as anyone writes, and within what both sides compute exactly. */
const MAX_LENGTH = 16;

/** What the API server and `tryParseQuantity` both take; without `E`, `m` and smaller, which make no sensible sizes. */
const PATTERN = '^\\+?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([kMGTP]|[KMGTP]i|[eE][+-]?[0-9]{1,2})?$';

/** A quantity of bytes within a range, as an integer or as a Kubernetes quantity in a string. */
export function byteQuantity({ field, min, max }: Range): Rule<number | string> {
  const least = tryParseQuantity(min) ?? NaN;
  const most = tryParseQuantity(max) ?? NaN;
  return {
    cel:
      `type(self) == int ? self >= ${least} && self <= ${most} : ` +
      `size(self) <= ${MAX_LENGTH} && self.matches(${celString(PATTERN)}) && ` +
      `quantity(self).compareTo(quantity('${min}')) >= 0 && quantity(self).compareTo(quantity('${max}')) <= 0`,
    message: `${field} must be a quantity of bytes from ${min} to ${max}, as in "100M" or "1Gi"`,
    holds: (value) => {
      if (typeof value === 'string' && (value.length > MAX_LENGTH || !new RegExp(PATTERN).test(value))) return false;
      const bytes = tryParseQuantity(value);
      return bytes !== undefined && bytes >= least && bytes <= most;
    },
  };
}
