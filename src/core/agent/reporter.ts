import { isTerminal } from '../capture-progress.ts';
import { type CaptureResult, type CaptureYield, NO_PACKETS } from '../capture-result.ts';
import type { RequestIdentity } from '../capture-source.ts';
import { type ClaimedTarget, describeTarget } from '../capture-target.ts';
import type { Beginning } from '../engine/capture.ts';
import type { CaptureOrder } from '../engine/capture-order.ts';
import { describeYield } from '../engine/result-message.ts';
import { ClaimLostError } from '../errors/agent-errors.ts';
import { CaptureError } from '../errors/capture-error.ts';
import type { EndReport, ProgressReport, ReleasedReport, RemovedReport, RunningReport, ScheduledReport } from '../progress-sink.ts';
import { RecentMap } from '../recent-map.ts';
import type { AgentParts, AgentSettings } from './agent-parts.ts';

/** A request, and the name of the source that it came from. */
export interface Origin extends RequestIdentity {
  readonly source: string;
}

/** Puts into words what becomes of requests, tells it to the sinks, and remembers which ends were told. */
export class Reporter {
  readonly #parts: Pick<AgentParts, 'sinks' | 'clock' | 'logger'>;
  readonly #node: string;
  readonly #whereFilesAre: AgentSettings['whereFilesAre'] | undefined;
  /** Each only has to be remembered for as long as its source may still say what was before: fewer can end in that time. */
  readonly #ended = new RecentMap<string, Origin>();

  /** @param whereFilesAre absent: that is for others to tell. */
  constructor(parts: Pick<AgentParts, 'sinks' | 'clock' | 'logger'>, node: string, whereFilesAre?: AgentSettings['whereFilesAre']) {
    this.#parts = parts;
    this.#node = node;
    this.#whereFilesAre = whereFilesAre;
  }

  /** The request, if this process has told its end: what a source says of it until it has heard that is out of date. */
  ended(uid: string): Origin | undefined {
    return this.#ended.get(uid);
  }

  /** The request is gone. */
  forget(uid: string): void {
    this.#ended.delete(uid);
  }

  /** @returns false when the request turned out to be another's. */
  async tell(report: ProgressReport): Promise<boolean> {
    const isEnd = report.progress !== 'released' && report.progress !== 'removed' && isTerminal(report.progress);
    try {
      for (const sink of this.#parts.sinks) await sink.report(report);
      if (isEnd) this.#remember(report);
      return true;
    } catch (error) {
      if (!CaptureError.is(error) || error.code !== ClaimLostError.code) throw error;
      this.#parts.logger.debug({ capture: report.name, progress: report.progress }, error.message);
      if (isEnd) this.#remember(report);
      return false;
    }
  }

  taken(origin: Origin, target: ClaimedTarget | undefined, warnings: readonly string[] = []): ScheduledReport {
    const message = [`Node ${this.#node} takes ${target ? describeTarget(target) : 'it'}.`, ...warnings].join(' ');
    return { ...this.#about(origin), progress: 'scheduled', message, ...(target && { target }), ...(warnings.length > 0 && { warnings }) };
  }

  waiting(origin: Origin, target: ClaimedTarget, place: number, maxConcurrent: number): ScheduledReport {
    const message = `Waits for its turn at place ${place}: ${maxConcurrent} captures are running (MAX_CONCURRENT_CAPTURES).`;
    return { ...this.#about(origin), progress: 'scheduled', target, message };
  }

  running(origin: Origin, { request, target }: CaptureOrder, { interface: device, startTime }: Beginning, held: CaptureYield): RunningReport {
    const message = [`Capturing on ${device} of ${describeTarget(target)}.`, ...describeYield(held)].join(' ');
    return { ...this.#about(origin), progress: 'running', request, target, interface: device, startTime, ...held, message };
  }

  released(origin: Origin): ReleasedReport {
    const message = `Node ${this.#node} gives it back: its target is not there (any more).`;
    return { ...this.#about(origin), progress: 'released', reason: 'TargetMoved', message };
  }

  /** @param why a sentence */
  removed(origin: Origin, target: ClaimedTarget, why = 'It is not asked for any more.'): RemovedReport {
    return { ...this.#about(origin), progress: 'removed', target, message: `${why} Its files were removed.` };
  }

  end(origin: Origin, { request, target }: CaptureOrder, result: CaptureResult): EndReport {
    const where = result.files.length > 0 ? this.#whereFilesAre?.(result.files.map((file) => file.name), origin.name, origin.source) : undefined;
    return { ...this.#about(origin), request, target, ...result, message: where === undefined ? result.message : `${result.message} ${where}` };
  }

  /** The end of a capture that never came into being, or of which nothing is known. */
  failure(origin: Origin, { code, message }: CaptureError): EndReport {
    const nothing = { packets: NO_PACKETS, files: [], wrapped: false, gaps: [] };
    return { ...this.#about(origin), ...nothing, progress: 'failure', reason: code, message, completionTime: this.#parts.clock.now() };
  }

  #remember({ uid, name, source }: Origin): void {
    this.#ended.set(uid, { uid, name, source });
  }

  #about({ source, uid, name }: Origin) {
    return { source, uid, name, node: this.#node };
  }
}
