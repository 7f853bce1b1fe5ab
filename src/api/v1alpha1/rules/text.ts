import { celString } from './cel-string.ts';
import type { Rule } from './rule.ts';

/** Text that a pattern matches. The pattern must mean the same in RE2 and in JavaScript, and match ASCII only. */
export function matching({ pattern, maxLength, message }: { pattern: RegExp; maxLength?: number; message: string }): Rule<string> {
  const bound = maxLength === undefined ? '' : `size(self) <= ${maxLength} && `;
  return {
    cel: `${bound}self.matches(${celString(pattern.source)})`,
    message,
    // The length comes first, so that no pattern meets a text of any length.
    holds: (value) => (maxLength === undefined || value.length <= maxLength) && pattern.test(value),
  };
}

/** Text that a pattern does not match. */
export function notMatching({ pattern, message }: { pattern: RegExp; message: string }): Rule<string> {
  return {
    cel: `!self.matches(${celString(pattern.source)})`,
    message,
    holds: (value) => !pattern.test(value),
  };
}

/** Text of at most so many bytes of UTF-8. */
export function maxBytes({ bytes, message }: { bytes: number; message: string }): Rule<string> {
  return {
    cel: `size(bytes(self)) <= ${bytes}`,
    message,
    holds: (value) => Buffer.byteLength(value) <= bytes,
  };
}
