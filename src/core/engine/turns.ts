/** Lets `limit` holders in at a time; the next wait in order and are told their place. */
export class Turns {
  readonly #limit: number;
  readonly #waiting: { readonly admit: () => void; readonly told: (place: number) => void }[] = [];
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves with a turn, which is given back by disposing it.
   * @param told called with the place in the queue (1 is next), at first and whenever it changes.
   */
  async take(told: (place: number) => void, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#taken < this.#limit) {
      this.#taken += 1;
    } else {
      await new Promise<void>((resolve, reject) => {
        const entry = { admit: resolve, told };
        this.#waiting.push(entry);
        told(this.#waiting.length);
        signal.addEventListener('abort', () => {
          const index = this.#waiting.indexOf(entry);
          if (index === -1) return;
          this.#waiting.splice(index, 1);
          this.#tellPlaces();
          reject(signal.reason as Error);
        }, { once: true });
      });
    }
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#giveBack();
      },
    };
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    next.admit();
    this.#tellPlaces();
  }

  #tellPlaces(): void {
    this.#waiting.forEach(({ told }, index) => told(index + 1));
  }
}
