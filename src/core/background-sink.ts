import { errorMessage } from './errors/capture-error.ts';
import type { Logger } from './logger.ts';
import type { ProgressReport, ProgressSink } from './progress-sink.ts';

/** Lets reports reach a sink in their order without anyone waiting for it, and without its failures mattering. */
export class BackgroundSink implements ProgressSink {
  readonly #sink: ProgressSink;
  readonly #logger: Logger;
  readonly #last = new Map<string, Promise<void>>();

  constructor(sink: ProgressSink, logger: Logger) {
    this.#sink = sink;
    this.#logger = logger;
  }

  report(report: ProgressReport): Promise<void> {
    const { uid } = report;
    const turn = (this.#last.get(uid) ?? Promise.resolve())
      .then(() => this.#sink.report(report))
      .catch((error: unknown) => this.#logger.warn({ capture: report.name, error: errorMessage(error) }, 'a report did not arrive'))
      .then(() => {
        if (this.#last.get(uid) === turn) this.#last.delete(uid);
      });
    this.#last.set(uid, turn);
    return Promise.resolve();
  }
}
