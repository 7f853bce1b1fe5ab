const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** Takes out of answers what differs from run to run: uids (numbered as they appear), times, resource versions, managedFields. */
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
      .replace(/(resource version: )\d+( \(\d+\))?/g, '$1<version>')
      .replace(/(resource version: )<version>, current: \d+/g, '$1<version>, current: <version>');
  }

  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([key]) => key !== 'managedFields');
    return Object.fromEntries(kept.map(([key, inner]) => [key, VOLATILE.has(key) && inner !== '' ? `<${key}>` : this.value(inner)]));
  }
}

const VOLATILE = new Set(['resourceVersion', 'continue']);
