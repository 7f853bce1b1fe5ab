/** `meta/v1 MicroTime` wants exactly six digits. @param time milliseconds since the Unix epoch. */
export function microTime(time: number): string {
  return new Date(time).toISOString().replace('Z', '000Z');
}
