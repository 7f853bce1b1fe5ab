import type { CaptureResult, CaptureYield } from '../capture-result.ts';
import type { CaptureSource, ObservedRequest } from '../capture-source.ts';
import type { Capture } from '../engine/capture.ts';
import { MISSING_TARGET } from '../engine/missing-target.ts';
import { ClaimLostError } from '../errors/agent-errors.ts';
import { errorMessage } from '../errors/capture-error.ts';
import type { ProgressReport } from '../progress-sink.ts';
import type { AgentParts } from './agent-parts.ts';
import type { Origin, Reporter } from './reporter.ts';
import type { Standing } from './restart-decision.ts';
import { standingOf } from './standing.ts';

/** A capture that this process works on. */
export interface Ongoing {
  readonly capture: Capture;
  readonly origin: Origin;
  /** Set when the origin is not to hear of it any more; `remove` also removes its files once it has ended. */
  silence?: 'keep' | 'remove';
  /** Its end was told. */
  isTold?: boolean;
  /** It never captured, and was given back: nothing of it is to stay. */
  isReleased?: boolean;
  lastReport?: string;
}

/** A request as its origin has it now. */
export interface View {
  readonly source: CaptureSource | undefined;
  readonly observed: ObservedRequest | undefined;
}

/** Looks after captures that are under way: what their origin wants now, and what is to be told. */
export class CaptureFollower {
  readonly #parts: AgentParts;
  readonly #reporter: Reporter;
  readonly #standingOfAbsent: (origin: Origin) => Promise<Standing | 'perhaps-gone'>;

  /** @param standingOfAbsent says what it means that a source does not list a request (any more). */
  constructor(parts: AgentParts, reporter: Reporter, standingOfAbsent: (origin: Origin) => Promise<Standing | 'perhaps-gone'>) {
    this.#parts = parts;
    this.#reporter = reporter;
    this.#standingOfAbsent = standingOfAbsent;
  }

  /** @returns whether the capture has ended and nothing is left to be told of it. */
  async follow(ongoing: Ongoing, view: View): Promise<boolean> {
    const { capture, origin } = ongoing;
    await this.#obey(ongoing, view);
    const { state, order } = capture;
    switch (state.phase) {
      case 'starting':
      case 'suspended':
        return false;
      case 'waiting':
        // One that goes on was running for its origin, and progress does not go back.
        if (capture.manifest === undefined) {
          await this.#tell(ongoing, this.#reporter.waiting(origin, order.target, state.place, this.#parts.engine.settings.maxConcurrent));
        }
        return false;
      case 'running':
        await this.#tell(ongoing, this.#reporter.running(origin, order, state, await this.#held(ongoing)));
        return false;
      case 'ended':
        await this.#settle(ongoing, state.result, view);
        return true;
    }
  }

  /** That it is capturing is told at once; the counters, which tcpdump has to be asked for, with the next report. */
  #held({ capture, lastReport }: Ongoing): Promise<CaptureYield> {
    return lastReport === undefined ? capture.yieldOnDisk() : capture.yield();
  }

  /** Ends or adjusts a capture as its origin's present state demands. */
  async #obey(ongoing: Ongoing, { observed }: View): Promise<void> {
    const { capture, origin } = ongoing;
    const node = this.#parts.engine.settings.node;
    if (observed === undefined) {
      const standing = await this.#standingOfAbsent(origin);
      if (standing === 'gone') {
        ongoing.silence = 'remove';
        capture.end({ kind: 'finish', reason: 'Stopped' });
      } else if (standing === 'not-mine') {
        ongoing.silence ??= 'keep';
        capture.end({ kind: 'fail', error: new ClaimLostError(origin.name) });
      }
      return;
    }
    const { recorded, stop, retainFiles } = observed;
    if (recorded.node !== undefined && recorded.node !== node) {
      ongoing.silence = 'keep';
      capture.end({ kind: 'fail', error: new ClaimLostError(origin.name, `node ${recorded.node}`) });
    } else if (stop || standingOf(recorded, node) === 'terminal') {
      capture.end({ kind: 'finish', reason: 'Stopped' });
    }
    try {
      await capture.retainFiles(retainFiles);
    } catch (error) {
      // A disk that takes nothing must not keep back what is to be told; it is written with the next change.
      this.#parts.logger.warn({ capture: origin.name, error: errorMessage(error) }, 'the manifest cannot be written');
    }
  }

  /** Tells the result, or gives the request back. What follows may have to be tried again, on a disk that takes nothing; the end is told once. */
  async #settle(ongoing: Ongoing, result: CaptureResult, { observed }: View): Promise<void> {
    const { capture, origin } = ongoing;
    if (ongoing.silence === undefined && !ongoing.isTold) {
      ongoing.isReleased = observed !== undefined && (await this.#hasMoved(capture, result));
      await this.#reporter.tell(ongoing.isReleased ? this.#reporter.released(origin) : this.#reporter.end(origin, capture.order, result));
      ongoing.isTold = true;
    }
    // On a full disk, nothing need be written before files are removed.
    const stays = ongoing.silence !== 'remove' || capture.manifest?.retainFiles === true;
    if (stays && !ongoing.isReleased) await capture.markReported();
  }

  /** Whether a capture never began because its Pod is not (or no longer) this node's, or another one of that name is. */
  async #hasMoved({ request, order: { target } }: Capture, { reason, startTime }: CaptureResult): Promise<boolean> {
    if (startTime !== undefined || !MISSING_TARGET.includes(reason)) return false;
    const now = await this.#parts.claim.claim(request);
    return now === undefined || (now.kind === 'pod' && target.kind === 'pod' && now.uid !== target.uid);
  }

  /** Tells only what differs from what was told before. */
  async #tell(ongoing: Ongoing, report: ProgressReport): Promise<void> {
    if (ongoing.silence !== undefined) return;
    const text = JSON.stringify(report);
    if (text === ongoing.lastReport) return;
    await this.#reporter.tell(report);
    ongoing.lastReport = text;
  }
}
