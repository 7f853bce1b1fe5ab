/**
 * How long ago something happened to an object, by the wall clock of the node that tells so. That clock may be wrong: nothing
 * that has yet to come has happened, and nothing happened before the API server had made the object.
 * @param at milliseconds since the Unix epoch
 * @param createdAt of the object: RFC 3339; of no such text nothing is concluded
 * @param now milliseconds since the Unix epoch
 * @returns milliseconds
 */
export function ageOf(at: number, createdAt: string | undefined, now: number): number {
  const earliest = Date.parse(createdAt ?? '');
  return Math.max(0, now - (earliest > at ? earliest : at));
}
