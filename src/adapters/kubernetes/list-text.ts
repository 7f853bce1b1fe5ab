import type { KubernetesList } from './kubernetes-object.ts';

const ITEMS = '"items":[';
/** Where the items of a list begin, they begin within this many characters: before them come kind, version and metadata. */
const LONGEST_HEAD = 65_536;

/**
 * Takes the items out of a list while its JSON arrives, so that a list of any length costs the memory of one item.
 *
 * An item ends where the next one begins, with the same first key. Where something inside of an item looks alike, the
 * parser tells: no JSON object is the beginning of another one. What is written in another way than API servers write
 * (spaces, no `items`) is parsed as a whole when it has come.
 */
export class ListText<T> {
  readonly #each: (item: T) => void;
  /** What comes before the first item; empty until that was found. */
  #head = '';
  /** What stands between two items, with the first key of the second. */
  #separator = '';
  #rest = '';
  /** Up to here the rest has no end of an item. */
  #searched = 0;

  constructor(each: (item: T) => void) {
    this.#each = each;
  }

  push(text: string): void {
    this.#rest += text;
    if (this.#separator === '' && this.#rest.length < LONGEST_HEAD) this.#findFirstItem();
    if (this.#separator !== '') this.#takeItems();
  }

  /**
   * The list without its items; all of them have been told.
   * @throws SyntaxError when it is no JSON, or not all of it came
   */
  end(): KubernetesList<T> {
    const list = JSON.parse(this.#head + this.#rest) as KubernetesList<T>;
    // Go writes a slice that was never filled as null.
    for (const item of (list.items as readonly T[] | null) ?? []) this.#each(item);
    return { ...list, items: [] };
  }

  #findFirstItem(): void {
    const end = this.#rest.indexOf(ITEMS) + ITEMS.length;
    if (end < ITEMS.length) return;
    const [begin] = /^\{"\w+":/.exec(this.#rest.slice(end, end + 64)) ?? [];
    if (begin === undefined || tryParse(`${this.#rest.slice(0, end)}]}`) === undefined) return;
    this.#head = this.#rest.slice(0, end);
    this.#separator = `,${begin}`;
    this.#rest = this.#rest.slice(end);
  }

  #takeItems(): void {
    for (let end; (end = this.#rest.indexOf(this.#separator, this.#searched)) !== -1;) {
      const item = tryParse(this.#rest.slice(0, end));
      if (item === undefined) {
        this.#searched = end + 1;
      } else {
        this.#each(item as T);
        this.#rest = this.#rest.slice(end + 1);
        this.#searched = 0;
      }
    }
    this.#searched = Math.max(this.#searched, this.#rest.length - this.#separator.length + 1);
  }
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
