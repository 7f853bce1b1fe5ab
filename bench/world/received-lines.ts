export interface Received {
  readonly lines: number;
  /** Of them, those that an agent received after the line that told it that the capture is no longer unclaimed. */
  readonly afterClaim: number;
  /** Agents that received any. */
  readonly agents: number;
}

interface Line {
  readonly type: string;
  readonly object: { readonly metadata?: { readonly uid?: string } };
}

/** Counts the lines of one agent's watches, by the object that they are about. Bookmarks are about none. */
export class ReceivedLines {
  readonly #lines = new Map<string, number>();
  readonly #afterClaim = new Map<string, number>();
  readonly #claimed = new Set<string>();

  add({ type, object }: Line): void {
    const uid = object.metadata?.uid;
    if (uid === undefined) return;
    this.#lines.set(uid, (this.#lines.get(uid) ?? 0) + 1);
    if (this.#claimed.has(uid)) this.#afterClaim.set(uid, (this.#afterClaim.get(uid) ?? 0) + 1);
    if (type === 'DELETED') this.#claimed.add(uid);
  }

  of(uid: string): Received {
    const lines = this.#lines.get(uid) ?? 0;
    return { lines, afterClaim: this.#afterClaim.get(uid) ?? 0, agents: lines > 0 ? 1 : 0 };
  }
}
