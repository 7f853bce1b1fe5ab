/**
 * Resolves once `begin` has called back, and rejects with the signal's reason if that is aborted first.
 * @param stop called when the signal is aborted, before or after; if before, nothing is begun.
 */
export function atWork(signal: AbortSignal, begin: (isAtWork: () => void) => void, stop?: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      stop?.();
      // The reason of an AbortSignal is whatever its owner gave.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
    };
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
    begin(resolve);
  });
}
