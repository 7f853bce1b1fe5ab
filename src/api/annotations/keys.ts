import { MAX_FILTER_BYTES } from '../../core/capture-filter.ts';

/** What a Pod can be annotated with to have it captured. */
export const KEYS = {
  /** The number of files; that of Antrea's controllers. */
  antrea: 'tcpdump.antrea.io',
  /** The same; can have the others beside it. */
  capture: 'pcapper.io/capture',
  filter: 'pcapper.io/filter',
  seconds: 'pcapper.io/seconds',
  interface: 'pcapper.io/interface',
} as const;

/** A key of an annotation that asks for a capture. */
export type AnnotationKey = (typeof KEYS)[keyof typeof KEYS];

const ALL: readonly AnnotationKey[] = Object.values(KEYS);

/** Those of a Pod's annotations that are about captures. */
export type CaptureAnnotations = Readonly<Partial<Record<AnnotationKey, string>>>;

/** Those of all annotations of a Pod; of a value that is too long for a filter, only as much as shows that. @returns `undefined` for none */
export function captureAnnotations(annotations: Readonly<Record<string, string>> = {}): CaptureAnnotations | undefined {
  const found = ALL.flatMap((key) => (annotations[key] === undefined ? [] : [[key, cut(annotations[key])] as const]));
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** V8 has a slice keep the whole of what it is from; a clone is a string of its own. */
function cut(value: string): string {
  return value.length > MAX_FILTER_BYTES ? structuredClone(value.slice(0, MAX_FILTER_BYTES + 1)) : value;
}
