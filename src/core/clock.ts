/** Time as the core sees it, so that tests can move it by hand. All values are milliseconds. */
export interface Clock {
  /** Wall-clock time since the Unix epoch. May jump; never use it to measure a duration. */
  now(): number;
  /** Time since the machine booted. Never jumps, also counts while the agent is down. */
  uptime(): number;
  /** Identifies the boot that {@link Clock.uptime} counts from. */
  readonly bootId: string;
  /**
   * Resolves after `ms`; rejects with the signal's reason when aborted.
   * @param options.background such a wait alone does not keep the process alive. Default: false.
   */
  sleep(ms: number, signal?: AbortSignal, options?: { readonly background?: boolean }): Promise<void>;
}
