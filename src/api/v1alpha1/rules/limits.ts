import { MAX_FILTER_BYTES } from '../../../core/capture-filter.ts';
import type { Rule } from './rule.ts';
import { maxBytes, notMatching } from './text.ts';
import { wholeNumber } from './whole-number.ts';

/** The files of a ring. */
export function fileCountRule(field: string): Rule<number | string> {
  return wholeNumber({ field, min: 1, max: 1000 });
}

/** What of a filter can be told without tcpdump. */
export function captureFilterRules(field: string): readonly [Rule<string>, Rule<string>] {
  return [
    maxBytes({
      bytes: MAX_FILTER_BYTES,
      message: `${field} must have at most ${MAX_FILTER_BYTES} bytes: use net or portrange instead of long lists of hosts or ports`,
    }),
    notMatching({
      // Tab and line ends are white space to pcap-filter(7).
      pattern: /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/,
      message: `${field} must not hold control characters`,
    }),
  ];
}
