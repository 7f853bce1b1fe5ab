const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** Tokens of the one server. */
const VOLATILE = new Set(['resourceVersion', 'continue']);
/** How ownership is written down, hashes, addresses: its effects are compared, not its looks. */
const LEFT_OUT = new Set(['managedFields', 'storageVersionHash', 'serverAddressByClientCIDRs']);

interface Refusal {
  readonly message: string;
  readonly details: { readonly causes: readonly { readonly field: string }[] };
}

/** Takes out of answers what differs from run to run: uids (numbered as they appear), times, versions, the order of Go maps. */
export class Normaliser {
  readonly #uids = new Map<string, string>();

  text(text: string): string {
    return text
      .replace(UID, (uid) => {
        const known = this.#uids.get(uid) ?? `<uid ${this.#uids.size + 1}>`;
        this.#uids.set(uid, known);
        return known;
      })
      .replace(TIME, '<time>')
      .replace(/resource version: \d+( \(\d+\))?/g, 'resource version: <version>')
      .replace(/ResourceVersion in (the precondition|record) \(\d+\)/g, 'ResourceVersion in $1 (<version>)')
      .replace(/((?:resourceVersion|continue)=)[^&]+/g, '$1<version>')
      .replace(/current: \d+/g, 'current: <version>')
      .replace(/("resourceVersion":)"\d+"/g, '$1"<version>"')
      // go-openapi writes a part of the path there; which part depends on how it came to the field.
      .replace(/: [\w.[\]]* in body /g, ': … in body ')
      // CEL quotes the type of what the rule stands on.
      .replace(/Invalid value: "(object|string|number|boolean|array|undefined|)": /g, 'Invalid value: ');
  }

  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value !== 'object' || value === null) return value;
    const ordered = hasSeveralCauses(value) ? inOrder(value) : value;
    const kept = Object.entries(ordered).filter(([key]) => !LEFT_OUT.has(key));
    return Object.fromEntries(
      kept.map(([key, inner]) => {
        if (key === 'verbs') return [key, (inner as string[]).filter((verb) => verb !== 'deletecollection')];
        return [key, VOLATILE.has(key) && inner !== '' ? `<${key}>` : this.value(inner)];
      }),
    );
  }
}

function hasSeveralCauses(value: object): value is Refusal {
  const { details } = value as Partial<Refusal>;
  return Array.isArray(details?.causes) && details.causes.length > 1;
}

function inOrder(refusal: Refusal): object {
  const causes = [...refusal.details.causes].sort((a, b) => (a.field < b.field ? -1 : 1));
  const message = refusal.message.replace(/: \[.*\]$/s, ': [<causes>]');
  return { ...refusal, message, details: { ...refusal.details, causes } };
}
