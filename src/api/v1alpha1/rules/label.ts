import type { Rule } from './rule.ts';
import { celString } from './cel-string.ts';
import { matching } from './text.ts';

/** `[prefix/]name` (k8s.io/apimachinery, IsQualifiedName). */
const KEY =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const KEY_MAX_LENGTH = 317;
const VALUE_MAX_LENGTH = 63;

const KEY_WORDS = 'a label key, as in "app" or "app.kubernetes.io/name"';
const VALUE_WORDS = 'a label value: at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends';

export const labelKey: Rule<string> = matching({
  pattern: KEY,
  maxLength: KEY_MAX_LENGTH,
  message: `key must be ${KEY_WORDS}`,
});

export const labelValue: Rule<string> = matching({
  pattern: VALUE,
  maxLength: VALUE_MAX_LENGTH,
  message: `each value must be ${VALUE_WORDS}`,
});

/** Each key of a map is a label key. */
export const labelKeys: Rule<Readonly<Record<string, unknown>>> = {
  cel: `self.all(key, size(key) <= ${KEY_MAX_LENGTH} && key.matches(${celString(KEY.source)}))`,
  message: `each key must be ${KEY_WORDS}`,
  holds: (value) => Object.keys(value).every((key) => labelKey.holds(key)),
};
