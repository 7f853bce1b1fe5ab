import type { CaptureManifest } from '../capture-manifest.ts';
import type { CaptureResult } from '../capture-result.ts';
import type { CaptureSource, ObservedRequest } from '../capture-source.ts';
import { type ClaimedTarget, describeTarget } from '../capture-target.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { Clock } from '../clock.ts';
import type { Capture } from '../engine/capture.ts';
import type { CaptureEngine } from '../engine/capture-engine.ts';
import type { CaptureEnding } from '../engine/capture-ending.ts';
import { describeYield } from '../engine/result-message.ts';
import { ClaimLostError, ManifestLostError } from '../errors/agent-errors.ts';
import { CaptureError, errorMessage } from '../errors/capture-error.ts';
import { PodNotFoundError } from '../errors/target-errors.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import type { Logger } from '../logger.ts';
import type { ProgressReport, ProgressSink } from '../progress-sink.ts';
import { GoneCheck } from './gone-check.ts';
import { decideRestart, type Standing } from './restart-decision.ts';
import { isClaimable, recordOf, standingOf } from './standing.ts';

export interface AgentParts {
  readonly sources: readonly CaptureSource[];
  readonly claim: ClaimStrategy;
  readonly engine: CaptureEngine;
  /** Asked one after the other: the next hears of a report only when the one before has taken it. The status comes first. */
  readonly sinks: readonly ProgressSink[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AgentSettings {
  /** SCAN_INTERVAL: everything that is known is looked at again. Milliseconds. Default: 30,000. */
  readonly scanInterval: number;
  /** Time between two reports of a running capture's counters. Milliseconds. Default: 2,000. */
  readonly reportInterval: number;
  /** A request must be found gone twice, this far apart. Milliseconds. Default: 3,000. */
  readonly goneGrace: number;
  /** How long the start waits for sources before captures go on without them. Milliseconds. Default: 5,000. */
  readonly syncPatience: number;
  /** Files of an ended capture are removed that long after its end, whatever became of the request. Milliseconds. Absent: they stay. */
  readonly keepFilesFor?: number;
  /** A sentence for people: where the files are and how to fetch them. */
  readonly whereFilesAre: (files: readonly string[]) => string;
}

/** How long an agent that ends waits for what it still has to tell. */
const LAST_REPORTS_MS = 3_000;

/** A capture that this process works on. */
interface Ongoing {
  readonly capture: Capture;
  readonly source: string;
  /** Set when the origin is not to hear of it any more; `remove` also removes its files once it has ended. */
  silence?: 'keep' | 'remove';
  /** Its end was told. */
  isTold?: boolean;
  lastReport?: string;
}

/** The main job on a node: what sources ask for and the claim takes, the engine captures and the sinks tell. */
export class CaptureAgent implements AsyncDisposable {
  readonly #parts: AgentParts;
  readonly #settings: AgentSettings;
  readonly #node: string;
  readonly #queue: KeyedQueue;
  readonly #goneCheck: GoneCheck;
  readonly #life = new AbortController();
  readonly #synced = new Set<CaptureSource | ClaimStrategy>();
  readonly #ongoing = new Map<string, Ongoing>();
  /** Captures that are not worked on: ended ones, and those of an earlier agent. */
  readonly #manifests = new Map<string, CaptureManifest>();
  /** Manifests (by file name) that could not be read at the start. */
  readonly #unreadable = new Set<string>();
  /** Their end was told by this process; what a source says of them until it has heard that is out of date. */
  readonly #told = new Set<string>();
  /** Gone, with retained files: nothing is left to decide. */
  readonly #settled = new Set<string>();

  constructor(parts: AgentParts, settings: AgentSettings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#node = parts.engine.settings.node;
    this.#queue = new KeyedQueue((uid) => this.#reconcile(uid), parts);
    this.#goneCheck = new GoneCheck(parts.clock, settings.goneGrace);
  }

  /** True once every source has told its present state. */
  get ready(): boolean {
    return [...this.#parts.sources, this.#parts.claim].every((part) => this.#synced.has(part));
  }

  /** Captures that wait to be looked at. */
  get queueDepth(): number {
    return this.#queue.depth;
  }

  /** Takes over what an earlier agent left, then goes to work. Resolves when it has; API servers may be away. */
  async start(): Promise<void> {
    const { sources, claim, clock, engine } = this.#parts;
    const { manifests, setAside } = await engine.parts.directory.loadManifests();
    for (const manifest of manifests) this.#remember(manifest);
    for (const name of setAside) this.#unreadable.add(name);
    await engine.parts.guard.adopt(manifests.filter(({ state }) => state.kind === 'open').map(({ request }) => request.uid));
    const starts = [
      ...sources.map((source) => this.#sync(source, source.start((uid) => this.#look(uid), this.#life.signal))),
      this.#sync(claim, claim.start?.(() => this.#lookAtUnclaimed(), this.#life.signal)),
    ];
    const patience = new AbortController();
    await Promise.race([Promise.all(starts), clock.sleep(this.#settings.syncPatience, patience.signal)]);
    patience.abort();
    this.#lookAtAll();
    void this.#scan();
  }

  /** Ends the work. Captures are suspended: their segments are closed cleanly, and the next agent goes on with them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    // What waits for an API server must not keep a segment from being closed, nor the process from ending.
    const settled = this.#queue.close();
    await this.#parts.engine.suspend();
    const patience = new AbortController();
    await Promise.race([settled, this.#parts.clock.sleep(LAST_REPORTS_MS, patience.signal)]);
    patience.abort();
    for (const sink of this.#parts.sinks) await sink.close?.(LAST_REPORTS_MS);
  }

  async #sync(part: CaptureSource | ClaimStrategy, started: Promise<void> | undefined): Promise<void> {
    try {
      await started;
    } catch (error) {
      if (!this.#life.signal.aborted) this.#parts.logger.error({ error }, 'a source gave up');
      return;
    }
    this.#synced.add(part);
    this.#lookAtAll();
  }

  async #scan(): Promise<void> {
    for (;;) {
      try {
        await this.#parts.clock.sleep(this.#settings.scanInterval, this.#life.signal);
      } catch {
        return;
      }
      this.#lookAtAll();
    }
  }

  #look(uid: string): void {
    this.#queue.add(uid);
  }

  #lookAtUnclaimed(): void {
    for (const { uid, observed } of this.#observedRequests()) {
      if (isClaimable(observed.recorded, this.#node)) this.#look(uid);
    }
  }

  #lookAtAll(): void {
    for (const { uid } of this.#observedRequests()) this.#look(uid);
    for (const uid of this.#manifests.keys()) this.#look(uid);
    for (const uid of this.#ongoing.keys()) this.#look(uid);
  }

  *#observedRequests(): Iterable<{ uid: string; observed: ObservedRequest }> {
    for (const source of this.#parts.sources) {
      for (const uid of source.uids()) {
        const observed = source.get(uid);
        if (observed) yield { uid, observed };
      }
    }
  }

  /** Brings one capture to where it should be. Never runs twice at once for the same uid. */
  async #reconcile(uid: string): Promise<void> {
    const ongoing = this.#ongoing.get(uid);
    let manifest = this.#manifests.get(uid);
    if (manifest && this.#isOverAge(manifest)) return this.#discard(manifest);
    if (this.#settled.has(uid)) return;
    const source = this.#parts.sources.find((candidate) => candidate.get(uid)) ?? this.#sourceNamed(ongoing?.source ?? manifest?.source);
    const observed = source?.get(uid);
    if (ongoing) return this.#follow(ongoing, observed, source);

    if (observed === undefined && manifest === undefined) this.#told.delete(uid);
    if (observed && manifest) manifest = await this.#retainFiles(manifest, observed.retainFiles);
    const standing = await this.#standing(uid, observed, manifest, source);
    const unreadable = observed !== undefined && manifest === undefined && this.#takeUnreadable(observed.name);
    const decision = decideRestart(standing, unreadable ? 'unreadable' : recordOf(manifest, this.#parts.clock));
    switch (decision) {
      case 'leave':
        if (observed && source && standing === 'not-mine' && isClaimable(observed.recorded, this.#node)) await this.#claim(observed, source);
        return;
      case 'start':
        return observed && source && this.#startClaimed(observed, source);
      case 'continue':
      case 'conclude':
        if (manifest) this.#continue(manifest);
        return;
      case 'close':
        if (manifest) this.#continue(manifest, { kind: 'finish', reason: 'Stopped' });
        return;
      case 'abandon':
        if (manifest) this.#continue(manifest, abandonment(manifest), 'keep');
        return;
      case 'remove':
        return manifest && this.#remove(manifest);
      case 'report':
        return manifest && this.#reportClosed(manifest);
      case 'fail-manifest-lost':
        return observed && source && this.#fail(observed, source, new ManifestLostError(observed.name, this.#parts.engine.parts.directory.path));
    }
  }

  async #standing(
    uid: string,
    observed: ObservedRequest | undefined,
    manifest: CaptureManifest | undefined,
    source: CaptureSource | undefined,
  ): Promise<Standing> {
    if (observed === undefined) return this.#presence(uid, manifest?.request.name, source);
    return this.#told.has(uid) ? 'terminal' : standingOf(observed.recorded, this.#node);
  }

  /** What follows from an origin that does not list a request (any more). */
  async #presence(uid: string, name: string | undefined, source: CaptureSource | undefined): Promise<Standing> {
    if (name === undefined || source === undefined || !this.#synced.has(source)) return 'unknown';
    const presence = await this.#goneCheck.ask(source, { uid, name });
    if (presence === 'perhaps-gone') this.#queue.addAfter(uid, this.#goneCheck.grace);
    if (presence !== 'unknown') return presence === 'gone' ? 'gone' : 'unknown';
    const seen = await source.look?.({ uid, name });
    return seen && standingOf(seen.recorded, this.#node) === 'not-mine' ? 'not-mine' : 'unknown';
  }

  /** Takes a request if it is this node's. */
  async #claim(observed: ObservedRequest, source: CaptureSource): Promise<void> {
    if (!this.#synced.has(this.#parts.claim)) return;
    const { uid, name, demand } = observed;
    const wanted = demand.valid ? demand.request.target : demand.target;
    const target = wanted && (await this.#parts.claim.claim({ uid, name, target: wanted }));
    // A request whose target nobody can make out is anyone's to refuse.
    if (wanted !== undefined && target === undefined) return;
    const what = target ? describeTarget(target) : 'it';
    const report = { ...this.#base(observed, source), progress: 'scheduled', message: `Node ${this.#node} takes ${what}.` } as const;
    if (!(await this.#report({ ...report, ...(target && { target }) }))) return;
    if (!demand.valid) return this.#fail(observed, source, demand.error);
    if (target) await this.#begin(observed, source, target);
  }

  /** Starts what this node has claimed, unless its target has gone elsewhere meanwhile: then it is given back. */
  async #startClaimed(observed: ObservedRequest, source: CaptureSource): Promise<void> {
    const { uid, name, demand } = observed;
    if (!demand.valid) return this.#fail(observed, source, demand.error);
    if (!this.#synced.has(this.#parts.claim)) return;
    const target = await this.#parts.claim.claim({ uid, name, target: demand.request.target });
    if (target) return this.#begin(observed, source, target);
    await this.#release(observed, source);
  }

  async #begin(observed: ObservedRequest, source: CaptureSource, target: ClaimedTarget): Promise<void> {
    if (!observed.demand.valid) return;
    const { request } = observed.demand;
    try {
      const capture = this.#parts.engine.begin({ request, target, source: source.name, retainFiles: observed.retainFiles });
      this.#watch(capture, source.name);
    } catch (error) {
      if (!CaptureError.is(error)) throw error;
      await this.#fail(observed, source, error);
    }
  }

  #continue(manifest: CaptureManifest, ending?: CaptureEnding, silence?: Ongoing['silence']): void {
    this.#watch(this.#parts.engine.continue(manifest, ending), manifest.source, silence);
  }

  #watch(capture: Capture, source: string, silence?: Ongoing['silence']): void {
    const { uid } = capture.request;
    this.#ongoing.set(uid, { capture, source, ...(silence && { silence }) });
    this.#manifests.delete(uid);
    capture.onChange(() => this.#look(uid));
    this.#look(uid);
  }

  /** Looks after a capture that is under way: what its origin wants now, and what is to be told. */
  async #follow(ongoing: Ongoing, observed: ObservedRequest | undefined, source: CaptureSource | undefined): Promise<void> {
    const { capture } = ongoing;
    await this.#obey(ongoing, observed, source);
    const { state } = capture;
    switch (state.phase) {
      case 'starting':
      case 'suspended':
        return;
      case 'waiting': {
        const { maxConcurrent } = this.#parts.engine.settings;
        const message = `Waits for its turn at place ${state.place}: ${maxConcurrent} captures are running (MAX_CONCURRENT_CAPTURES).`;
        return this.#tell(ongoing, { ...this.#baseOf(ongoing), progress: 'scheduled', target: capture.order.target, message });
      }
      case 'running': {
        this.#queue.addAfter(capture.request.uid, this.#settings.reportInterval);
        const held = await capture.yield();
        const { interface: device, startTime } = state;
        const message = [`Capturing on ${device} of ${describeTarget(capture.order.target)}.`, ...describeYield(held)].join(' ');
        const { request, order } = capture;
        return this.#tell(ongoing, { ...this.#baseOf(ongoing), progress: 'running', request, target: order.target, interface: device, startTime, ...held, message });
      }
      case 'ended':
        return this.#settle(ongoing, state.result, observed, source);
    }
  }

  /** Ends or adjusts a capture as its origin's present state demands. */
  async #obey(ongoing: Ongoing, observed: ObservedRequest | undefined, source: CaptureSource | undefined): Promise<void> {
    const { capture } = ongoing;
    if (observed === undefined) {
      const standing = await this.#presence(capture.request.uid, capture.request.name, source);
      if (standing === 'gone') {
        ongoing.silence = 'remove';
        capture.end({ kind: 'finish', reason: 'Stopped' });
      } else if (standing === 'not-mine') {
        ongoing.silence ??= 'keep';
        capture.end({ kind: 'fail', error: new ClaimLostError(capture.request.name) });
      }
      return;
    }
    const { progress, node } = observed.recorded;
    if (node !== undefined && node !== this.#node) {
      ongoing.silence = 'keep';
      capture.end({ kind: 'fail', error: new ClaimLostError(observed.name, `node ${node}`) });
    } else if (observed.stop || (progress !== undefined && standingOf(observed.recorded, this.#node) === 'terminal')) {
      capture.end({ kind: 'finish', reason: 'Stopped' });
    }
    try {
      await capture.retainFiles(observed.retainFiles);
    } catch (error) {
      // A disk that takes nothing must not keep back what is to be told; it is written with the next change.
      this.#parts.logger.warn({ capture: observed.name, error: errorMessage(error) }, 'the manifest cannot be written');
    }
  }

  /** Tells the result, and lets go of the capture once the origin knows it. */
  async #settle(ongoing: Ongoing, result: CaptureResult, observed: ObservedRequest | undefined, source: CaptureSource | undefined): Promise<void> {
    const { capture } = ongoing;
    const { uid } = capture.request;
    // What follows may have to be tried again, on a disk that takes nothing; the end is told once.
    if (ongoing.silence === undefined && !ongoing.isTold) {
      if (observed && source && (await this.#hasMoved(capture, result))) await this.#release(observed, source);
      else await this.#report(this.#endReport(ongoing.source, capture.request, capture.order.target, result));
      ongoing.isTold = true;
    }
    // On a full disk, nothing need be written before files are removed.
    if (ongoing.silence !== 'remove') await capture.markReported();
    this.#ongoing.delete(uid);
    if (capture.manifest) this.#remember(capture.manifest);
    if (ongoing.silence === 'remove' && capture.manifest) await this.#remove(capture.manifest);
  }

  /** Whether a capture never began because its Pod is not (or no longer) this node's. */
  async #hasMoved({ request, manifest }: Capture, { reason }: CaptureResult): Promise<boolean> {
    if (manifest !== undefined || reason !== PodNotFoundError.code) return false;
    return (await this.#parts.claim.claim(request)) === undefined;
  }

  async #release(observed: ObservedRequest, source: CaptureSource): Promise<void> {
    const reason = 'TargetMoved';
    const message = `Node ${this.#node} gives it back: its target is not there (any more).`;
    await this.#report({ ...this.#base(observed, source), progress: 'released', reason, message });
  }

  async #fail(observed: ObservedRequest, source: CaptureSource, error: CaptureError): Promise<void> {
    const nothing = { packets: { captured: 0, received: 0, dropped: 0 }, files: [], wrapped: false, gaps: [] };
    const end = { progress: 'failure', reason: error.code, message: error.message, completionTime: this.#parts.clock.now() } as const;
    await this.#report({ ...this.#base(observed, source), ...nothing, ...end });
  }

  async #reportClosed(manifest: CaptureManifest): Promise<void> {
    if (manifest.state.kind !== 'closed') return;
    await this.#report(this.#endReport(manifest.source, manifest.request, manifest.target, manifest.state.result));
    const reported: CaptureManifest = { ...manifest, state: { ...manifest.state, reported: true } };
    await this.#parts.engine.parts.directory.saveManifest(reported);
    this.#remember(reported);
  }

  /** Whether files outlive their request may be changed for as long as there is one. */
  async #retainFiles(manifest: CaptureManifest, retainFiles: boolean): Promise<CaptureManifest> {
    if (manifest.retainFiles === retainFiles) return manifest;
    const changed: CaptureManifest = { ...manifest, retainFiles };
    await this.#parts.engine.parts.directory.saveManifest(changed);
    this.#remember(changed);
    return changed;
  }

  /** The request is gone: so are its files, unless they are to be kept. */
  async #remove(manifest: CaptureManifest): Promise<void> {
    const { uid, name } = manifest.request;
    if (manifest.state.kind === 'open') {
      this.#continue(manifest, abandonment(manifest), 'remove');
      return;
    }
    this.#goneCheck.forget(uid);
    if (manifest.retainFiles) {
      this.#settled.add(uid);
      return;
    }
    await this.#parts.engine.parts.directory.removeCapture(manifest);
    this.#manifests.delete(uid);
    this.#parts.logger.info({ capture: name, uid }, 'the capture is gone; its files were removed');
  }

  #isOverAge({ state }: CaptureManifest): boolean {
    const { keepFilesFor } = this.#settings;
    if (keepFilesFor === undefined || state.kind !== 'closed' || !state.reported) return false;
    return this.#parts.clock.now() - state.result.completionTime >= keepFilesFor;
  }

  /** Removes files that were kept long enough, and says so where they were listed. */
  async #discard(manifest: CaptureManifest): Promise<void> {
    const { source, request, target, state } = manifest;
    if (state.kind !== 'closed') return;
    const message = `${state.result.message} Its files were kept as long as the agent keeps files (KEEP_FILES_HOURS) and then removed.`;
    await this.#report(this.#endReport(source, request, target, { ...state.result, files: [], message }));
    await this.#parts.engine.parts.directory.removeCapture(manifest);
    this.#manifests.delete(request.uid);
  }

  /** Reports only what differs from what was reported before. */
  async #tell(ongoing: Ongoing, report: ProgressReport): Promise<void> {
    if (ongoing.silence !== undefined) return;
    const text = JSON.stringify(report);
    if (text === ongoing.lastReport) return;
    await this.#report(report);
    ongoing.lastReport = text;
  }

  /** @returns false when the request turned out to be another's. */
  async #report(report: ProgressReport): Promise<boolean> {
    const isEnd = report.progress === 'finished' || report.progress === 'failure';
    try {
      for (const sink of this.#parts.sinks) await sink.report(report);
      if (isEnd) this.#told.add(report.uid);
      return true;
    } catch (error) {
      if (!(error instanceof ClaimLostError)) throw error;
      this.#parts.logger.debug({ capture: report.name, progress: report.progress }, error.message);
      if (isEnd) this.#told.add(report.uid);
      return false;
    }
  }

  #base({ uid, name }: { uid: string; name: string }, source: { name: string }) {
    return { source: source.name, uid, name, node: this.#node };
  }

  #baseOf({ capture, source }: Ongoing) {
    return this.#base(capture.request, { name: source });
  }

  #endReport(source: string, request: CaptureManifest['request'], target: ClaimedTarget, result: CaptureResult): ProgressReport {
    const where = result.files.length > 0 ? ` ${this.#settings.whereFilesAre(result.files.map((file) => file.name))}` : '';
    return { ...this.#base(request, { name: source }), request, target, ...result, message: result.message + where };
  }

  #sourceNamed(name: string | undefined): CaptureSource | undefined {
    return this.#parts.sources.find((source) => source.name === name);
  }

  /** An open manifest matters more than a closed one of the same uid, a later more than an earlier. */
  #remember(manifest: CaptureManifest): void {
    const { uid } = manifest.request;
    const known = this.#manifests.get(uid);
    const outranked = known && known.id !== manifest.id && (known.state.kind === 'open' || known.id > manifest.id);
    if (!outranked) this.#manifests.set(uid, manifest);
  }

  /** Whether an unreadable manifest was this capture's; each counts once. */
  #takeUnreadable(name: string): boolean {
    const prefix = `${this.#node}.${name}.`;
    for (const fileName of this.#unreadable) {
      if (fileName.startsWith(prefix) && /^\d+\.json/.test(fileName.slice(prefix.length))) return this.#unreadable.delete(fileName);
    }
    return false;
  }
}

function abandonment({ request }: CaptureManifest): CaptureEnding {
  return { kind: 'fail', error: new ClaimLostError(request.name) };
}
