const DECIMAL = /^(0|[1-9]\d*)$/;

/**
 * Compares two resourceVersions of one kind of object: negative when `a` is older. They are decimal numbers of any
 * length (KEP-5504); what is none counts as equal to everything, so that nothing is concluded from it.
 */
export function compareResourceVersions(a: string, b: string): number {
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return 0;
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
