import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The demo was asked to end before its time. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(cause: (typeof SIGNALS)[number] | 'EPIPE') {
    super(`Interrupted (${cause}).`);
    // As a shell reports a process that was ended by a signal.
    this.exitCode = 128 + (cause === 'EPIPE' ? constants.signals.SIGPIPE : constants.signals[cause]);
  }
}

/**
 * Aborted, with {@link Interrupted} as its reason, by Ctrl-C, by SIGTERM, or when nobody reads the output any more.
 * However often that happens, the demo ends once and cleanly: npm sends Ctrl-C a second time.
 */
export function interruption(): AbortSignal {
  const interrupted = new AbortController();
  const interrupt = (cause: ConstructorParameters<typeof Interrupted>[0]) => {
    if (!interrupted.signal.aborted) interrupted.abort(new Interrupted(cause));
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => interrupt('EPIPE'));
  return interrupted.signal;
}
