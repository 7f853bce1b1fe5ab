import type { Logger } from '../../core/logger.ts';
import type { ProgressReport, ProgressSink } from '../../core/progress-sink.ts';
import { RecentMap } from '../../core/recent-map.ts';

/** Tells progress to the log: each step once, the counters of a running capture at debug. */
export class LogSink implements ProgressSink {
  readonly #logger: Logger;
  /** Of those that are deleted while they run no end is told. */
  readonly #running = new RecentMap<string, true>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  report(report: ProgressReport): Promise<void> {
    const { progress, uid, name, message } = report;
    const fields = { capture: name, uid, progress };
    switch (progress) {
      case 'running':
        this.#logger[this.#running.has(uid) ? 'debug' : 'info']({ ...fields, interface: report.interface, packets: report.packets }, message);
        this.#running.set(uid, true);
        break;
      case 'failure':
        this.#logger[report.filesRemoved ? 'info' : 'error']({ ...fields, reason: report.reason }, message);
        this.#running.delete(uid);
        break;
      case 'finished':
        this.#logger.info({ ...fields, reason: report.reason, packets: report.packets }, message);
        this.#running.delete(uid);
        break;
      case 'scheduled':
        this.#logger[report.warnings ? 'warn' : 'info'](fields, message);
        break;
      case 'removed':
        this.#running.delete(uid);
        this.#logger.info(fields, message);
        break;
      case 'released':
        this.#logger.info(fields, message);
    }
    return Promise.resolve();
  }
}
