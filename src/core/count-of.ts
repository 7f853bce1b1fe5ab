/** A number of things, for people: `1 packet`, `2 packets`. */
export function countOf(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
