/** Who has which slot ({@link CaptureRequest.slot}), and who waits for it. A capture has its slot until nothing is left of it. */
export class Slots {
  readonly #holders = new Map<string, Set<string>>();
  readonly #waiting = new Map<string, Set<string>>();

  /** For a capture that is there, whoever else has the slot: an earlier agent may have left several. */
  hold(slot: string, uid: string): void {
    setOf(this.#holders, slot).add(uid);
  }

  /**
   * Gives the slot to a capture that is about to begin, unless another one has it; then {@link Slots.release} will name the
   * one that waits.
   * @returns the other one
   */
  take(slot: string, uid: string): string | undefined {
    const other = [...(this.#holders.get(slot) ?? [])].find((holder) => holder !== uid);
    if (other === undefined) this.hold(slot, uid);
    else setOf(this.#waiting, slot).add(uid);
    return other;
  }

  /** Nothing is left of a capture. @returns who has waited for that */
  release(uid: string): readonly string[] {
    for (const [slot, holders] of this.#holders) {
      if (!holders.delete(uid)) continue;
      if (holders.size > 0) return [];
      this.#holders.delete(slot);
      const waiting = [...(this.#waiting.get(slot) ?? [])];
      this.#waiting.delete(slot);
      return waiting;
    }
    return [];
  }
}

function setOf(map: Map<string, Set<string>>, key: string): Set<string> {
  const set = map.get(key) ?? new Set();
  map.set(key, set);
  return set;
}
