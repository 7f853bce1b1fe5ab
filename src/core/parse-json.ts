import { quote } from './errors/capture-error.ts';

/**
 * Checks of what JSON.parse gave, for files that we wrote but others may have touched. Each returns the value with its
 * type, or throws an Error that names the place, what was expected and what was there.
 */
type Parse<T> = (given: unknown, at: string) => T;

function expected(what: string, given: unknown, at: string): Error {
  return new Error(`${at}: expected ${what}, got ${quote(given)}`);
}

export function record(given: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw expected('an object', given, at);
  return given as Readonly<Record<string, unknown>>;
}

export function string(given: unknown, at: string): string {
  if (typeof given !== 'string') throw expected('a string', given, at);
  return given;
}

export function boolean(given: unknown, at: string): boolean {
  if (typeof given !== 'boolean') throw expected('true or false', given, at);
  return given;
}

/** A finite number that is not negative. */
export function number(given: unknown, at: string): number {
  if (typeof given !== 'number' || !Number.isFinite(given) || given < 0) throw expected('a number of 0 or more', given, at);
  return given;
}

/** The last moment that RFC 3339 can write: its years have four digits. Milliseconds since the Unix epoch. */
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Milliseconds since the Unix epoch. */
export function time(given: unknown, at: string): number {
  const ms = number(given, at);
  if (ms > LAST_TIME) throw expected('a time in milliseconds since 1970', given, at);
  return ms;
}

/** A whole number that is not negative. */
export function integer(given: unknown, at: string): number {
  if (!Number.isSafeInteger(given) || (given as number) < 0) throw expected('a whole number of 0 or more', given, at);
  return given as number;
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Parse<T> {
  return (given, at) => {
    const found = allowed.find((value) => value === given);
    if (found === undefined) throw expected(allowed.join(' or '), given, at);
    return found;
  };
}

export function arrayOf<T>(given: unknown, at: string, parse: Parse<T>): readonly T[] {
  if (!Array.isArray(given)) throw expected('a list', given, at);
  return given.map((item, index) => parse(item, `${at}[${index}]`));
}

/** `{ [key]: value }`, or `{}` when it is absent: to be spread, since absent and undefined are not the same. */
export function optional<K extends string, T>(from: Readonly<Record<string, unknown>>, key: K, at: string, parse: Parse<T>): { [P in K]?: T } {
  const given = from[key];
  return given === undefined ? {} : ({ [key]: parse(given, `${at}.${key}`) } as { [P in K]: T });
}
