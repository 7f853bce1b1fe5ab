/** A copy that lacks some fields. */
export function without<T extends object, Key extends keyof T>(object: T, ...keys: readonly Key[]): Without<T, Key> {
  const left: readonly unknown[] = keys;
  return Object.fromEntries(Object.entries(object).filter(([key]) => !left.includes(key))) as Without<T, Key>;
}

/** Of a union each member. */
type Without<T, Key extends keyof T> = T extends unknown ? Omit<T, Key> : never;
