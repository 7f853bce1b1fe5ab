import { KnownManifests } from '../agent/known-manifests.ts';
import { type Origin, Reporter } from '../agent/reporter.ts';
import { decideRestart } from '../agent/restart-decision.ts';
import { recordOf } from '../agent/standing.ts';
import { TAKE_OVER_ENDINGS } from '../agent/take-over-endings.ts';
import type { CaptureManifest } from '../capture-manifest.ts';
import type { Capture } from '../engine/capture.ts';
import type { CaptureEngine } from '../engine/capture-engine.ts';
import type { CaptureOrder } from '../engine/capture-order.ts';
import { endOrphans } from '../engine/end-orphans.ts';
import { ManifestLostError } from '../errors/agent-errors.ts';
import { errorMessage } from '../errors/capture-error.ts';
import type { EndReport, ProgressReport, ProgressSink } from '../progress-sink.ts';
import type { CapturingMark } from './capturing-mark.ts';

/** {@link CaptureManifest.source} of captures of the one-shot mode. */
export const ONE_SHOT_SOURCE = 'OneShot';

export interface OneShotParts {
  /** For this capture alone, with an identity of its own. */
  readonly engine: CaptureEngine;
  /** Told in this order that the capture is running, and how it ended. */
  readonly sinks: readonly ProgressSink[];
  readonly mark: CapturingMark;
}

/** The agent's other mode, as in a Job: one capture, whose order is known from the start, and its end. */
export class OneShot {
  readonly #engine: CaptureEngine;
  readonly #mark: CapturingMark;
  readonly #reporter: Reporter;

  constructor({ engine, sinks, mark }: OneShotParts) {
    const { clock, logger } = engine.parts;
    this.#engine = engine;
    this.#mark = mark;
    this.#reporter = new Reporter({ sinks, clock, logger }, engine.settings.node);
  }

  /**
   * Makes the capture, or what is left of it when an earlier process has begun it, and tells how it ended. What an earlier
   * one has ended is told again.
   * @param stop ends it early, as finished.
   * @throws CaptureError when there is nothing to tell of: the order cannot be served at all, or the folder not be read.
   */
  async run(order: Pick<CaptureOrder, 'request' | 'target'>, stop: AbortSignal): Promise<EndReport> {
    const { uid, name, createdAt } = order.request;
    const end = await this.#end(order, { source: ONE_SHOT_SOURCE, uid, name, createdAt }, stop);
    await this.#tell(end);
    return end;
  }

  async #end({ request, target }: Pick<CaptureOrder, 'request' | 'target'>, origin: Origin, stop: AbortSignal): Promise<EndReport> {
    const { directory, clock, runner } = this.#engine.parts;
    const { manifests, setAside } = await directory.loadManifests();
    const known = new KnownManifests(this.#engine.identity);
    for (const each of manifests) known.add(each);
    for (const name of setAside) known.addUnreadable(name);
    const manifest = known.get(request.uid);
    await this.#engine.adopt(manifest?.state.kind === 'open' ? [request.uid] : []);

    const isLost = manifest === undefined && known.unreadableOf(request.name) !== undefined;
    const decision = decideRestart('scheduled', isLost ? 'unreadable' : recordOf(manifest, clock));
    if (decision === 'fail-manifest-lost') {
      await endOrphans(runner, request.uid);
      return this.#reporter.failure(origin, new ManifestLostError(request.name, directory.path));
    }
    if (manifest?.state.kind === 'closed') return this.#reporter.end(origin, manifest, manifest.state.result);
    const capture = manifest ? this.#continue(manifest, decision === 'conclude') : this.#engine.begin({ request, target, source: ONE_SHOT_SOURCE });
    return this.#follow(capture, origin, stop);
  }

  #continue(manifest: CaptureManifest, isTimeOver: boolean): Capture {
    return this.#engine.continue(manifest, isTimeOver ? TAKE_OVER_ENDINGS.conclude : TAKE_OVER_ENDINGS.continue);
  }

  async #follow(capture: Capture, origin: Origin, stop: AbortSignal): Promise<EndReport> {
    const end = () => capture.end({ kind: 'finish', reason: 'Stopped' });
    if (stop.aborted) end();
    else stop.addEventListener('abort', end, { once: true });
    capture.onCapturing((isCapturing) => (isCapturing ? this.#mark.set() : this.#mark.clear()));
    const running = this.#tellRunning(capture, origin);
    const result = await capture.result;
    await running;
    stop.removeEventListener('abort', end);
    return this.#reporter.end(origin, capture.order, result);
  }

  async #tellRunning(capture: Capture, origin: Origin): Promise<void> {
    // Why it never was the result tells.
    const beginning = await capture.capturing.catch(() => undefined);
    const held = await capture.yieldOnDisk().catch(() => undefined);
    if (beginning && held) await this.#tell(this.#reporter.running(origin, capture.order, beginning, held));
  }

  /** Who cannot be told must not keep the capture from its end. */
  async #tell(report: ProgressReport): Promise<void> {
    try {
      await this.#reporter.tell(report);
    } catch (error) {
      this.#engine.parts.logger.error({ capture: report.name, progress: report.progress, error: errorMessage(error) }, 'progress could not be told');
    }
  }
}
