/** A part of the operator that works while this process leads. */
export interface Controller extends AsyncDisposable {
  /** Resolves once it is at work, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void>;
}
