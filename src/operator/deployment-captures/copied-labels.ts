import { shortened } from './shortened.ts';

const PREFIX = 'app.kubernetes.io/';
const MOST_LABEL_CHARACTERS = 63;

/** Where the resource has none. */
const DEFAULTS = {
  name: 'packet-capture',
  'part-of': 'packet-capture-operator',
  'managed-by': 'pcapper-operator',
  'created-by': 'pcapper-operator',
} as const;

export interface Labelled {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The recommended labels, as the resource has them: every object that is made for it has the same, so that
 * `app.kubernetes.io/instance` finds them all. By default that is the name of the resource.
 */
export function copiedLabels({ name, labels }: Labelled): Readonly<Record<string, string>> {
  const instance = name.length > MOST_LABEL_CHARACTERS ? shortened(name, MOST_LABEL_CHARACTERS) : name;
  const entries = Object.entries({ instance, ...DEFAULTS }).map(([key, standard]) => [PREFIX + key, labels[PREFIX + key] ?? standard] as const);
  return Object.fromEntries(entries);
}
