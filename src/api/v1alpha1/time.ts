/** metav1.Time: RFC 3339 in whole seconds, as `2026-01-31T12:00:00Z`. @param at milliseconds since the Unix epoch */
export function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, -'.000Z'.length)}Z`;
}

/** metav1.MicroTime: RFC 3339 with six digits, as `2026-01-31T12:00:00.000000Z`. @param at milliseconds since the Unix epoch */
export function microTime(at: number): string {
  const microseconds = Math.floor(at * 1000) % 1_000_000;
  return `${time(at).slice(0, -1)}.${String(microseconds).padStart(6, '0')}Z`;
}
