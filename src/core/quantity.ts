import { quote } from './errors/capture-error.ts';
import { RequestInvalidError } from './errors/request-errors.ts';

/** Suffixes of a Kubernetes quantity (k8s.io/apimachinery/pkg/api/resource). Milli and smaller make no whole bytes. */
const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

const QUANTITY = /^\+?(?=\.?\d)(?<whole>\d{0,30})(?:\.(?<decimals>\d{0,30}))?(?<suffix>[kMGTP]|[KMGTP]i|[eE][+-]?\d{1,2})?$/;

/** The value of a Kubernetes quantity, or `undefined` when it is none (or negative). */
export function tryParseQuantity(given: string | number): number | undefined {
  if (typeof given === 'number') return Number.isSafeInteger(given) && given >= 0 ? given : undefined;
  const match = QUANTITY.exec(given)?.groups;
  if (!match) return undefined;
  const { whole = '', decimals = '', suffix = '' } = match;
  // With floating point 16.76M would be 16760000.000000002, and so a byte more.
  const exponent = suffix in SUFFIXES ? 0 : Number(suffix.slice(1));
  const value = BigInt(whole + decimals) * BigInt(SUFFIXES[suffix] ?? 1) * 10n ** BigInt(Math.max(0, exponent));
  const divisor = 10n ** BigInt(decimals.length + Math.max(0, -exponent));
  // Quantities round up to what they can hold; bytes are whole.
  const bytes = Number((value + divisor - 1n) / divisor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * Parses a Kubernetes quantity of bytes: `100M`, `2Gi`, `1e9`, `1000000`.
 * @throws RequestInvalidError
 */
export function parseQuantity(given: string | number): number {
  const value = tryParseQuantity(given);
  if (value === undefined) {
    throw new RequestInvalidError({
      problem: `${quote(given)} is not a quantity of bytes.`,
      advice: 'Write a Kubernetes quantity, as in "100M" or "1Gi".',
    });
  }
  return value;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes for people, in decimal units as `df -H` has them: `1.5 GB`. */
export function formatBytes(bytes: number): string {
  const sign = bytes < 0 ? '-' : '';
  let value = Math.abs(bytes);
  let unit = 0;
  // What would be told as 1000 of a unit is 1 of the next.
  while (value >= (unit === 0 ? 1000 : 999.5) && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${sign}${value.toFixed(digits).replace(/\.0$/, '')} ${UNITS[unit] ?? 'B'}`;
}
