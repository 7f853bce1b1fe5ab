/** Something that is asked for before it is needed. If nobody takes it, it is let go of. */
export class Ahead<T extends AsyncDisposable> implements AsyncDisposable {
  #asked: Promise<T> | undefined;

  constructor(asked: Promise<T>) {
    this.#asked = asked;
    // Whoever takes it hears of a failure.
    asked.catch(() => undefined);
  }

  /** What was asked for; `undefined` when it was taken before. From now on it is the taker's to dispose. */
  take(): Promise<T> | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    return asked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const unused = await this.take()?.catch(() => undefined);
    await unused?.[Symbol.asyncDispose]();
  }
}
