/** A copy that lacks some fields. */
export function without<T extends object, Key extends keyof T>(object: T, ...keys: readonly Key[]): Omit<T, Key> {
  const left: readonly unknown[] = keys;
  return Object.fromEntries(Object.entries(object).filter(([key]) => !left.includes(key))) as Omit<T, Key>;
}
