import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { type CaptureOutcome, formatOutcome, outcomeOf } from '../../api/one-shot/capture-outcome.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import type { Logger } from '../../core/logger.ts';
import type { ProgressReport, ProgressSink } from '../../core/progress-sink.ts';

/**
 * Writes how a capture ended to the file from which the kubelet takes the container's termination message. It is there
 * before the container starts; where it is not, there is no kubelet, and none is made.
 */
export class TerminationLog implements ProgressSink {
  readonly #path: string;
  readonly #logger: Pick<Logger, 'debug' | 'error'>;

  constructor(path: string, logger: Pick<Logger, 'debug' | 'error'>) {
    this.#path = path;
    this.#logger = logger;
  }

  report(report: ProgressReport): Promise<void> {
    if (report.progress === 'finished' || report.progress === 'failure') this.write(outcomeOf(report.node, report));
    return Promise.resolve();
  }

  /** At once, since the process may be about to end. Never throws. */
  write(outcome: CaptureOutcome): void {
    try {
      const fd = openSync(this.#path, constants.O_WRONLY | constants.O_TRUNC);
      try {
        writeFileSync(fd, formatOutcome(outcome));
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      this.#logger[isMissing ? 'debug' : 'error']({ error: errorMessage(error) }, 'there is no termination message');
    }
  }
}
