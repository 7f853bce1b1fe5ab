import { type CaptureManifest, elapsedSinceClosed } from '../capture-manifest.ts';
import type { CaptureSource, ObservedRequest } from '../capture-source.ts';
import type { ClaimedTarget } from '../capture-target.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { Capture } from '../engine/capture.ts';
import type { CaptureEnding } from '../engine/capture-ending.ts';
import { endOrphans } from '../engine/end-orphans.ts';
import { ClaimLostError, ManifestLostError } from '../errors/agent-errors.ts';
import { CaptureError, errorMessage } from '../errors/capture-error.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import type { AgentParts, AgentSettings } from './agent-parts.ts';
import { CaptureFollower, type Ongoing, type View } from './capture-follower.ts';
import { GoneCheck } from './gone-check.ts';
import { KnownManifests } from './known-manifests.ts';
import { type Origin, Reporter } from './reporter.ts';
import { decideRestart, type Standing } from './restart-decision.ts';
import { Slots } from './slots.ts';
import { isClaimable, recordOf, standingByDisk, standingOf } from './standing.ts';
import { TAKE_OVER_ENDINGS } from './take-over-endings.ts';

/** Whoever waits for a slot is looked at again when that is free; this is for the case that the origin could not be asked about the one that has it. */
const SLOT_RETRY_MS = 5_000;

/** How long an agent that ends waits for what it still has to tell. */
const LAST_REPORTS_MS = 3_000;

/** The main job on a node: what sources ask for and the claim takes, the engine captures and the sinks tell. */
export class CaptureAgent implements AsyncDisposable {
  readonly #parts: AgentParts;
  readonly #settings: AgentSettings;
  readonly #node: string;
  readonly #queue: KeyedQueue;
  readonly #goneCheck: GoneCheck;
  readonly #reporter: Reporter;
  readonly #follower: CaptureFollower;
  readonly #life = new AbortController();
  readonly #synced = new Set<CaptureSource | ClaimStrategy>();
  /** Every source has told its present state, or has been waited for long enough. */
  #isAtWork = false;
  readonly #ongoing = new Map<string, Ongoing>();
  readonly #manifests: KnownManifests;
  readonly #slots = new Slots();
  /** What was said last of the files of this node's captures: do they outlive the request? */
  readonly #retention = new Map<string, boolean>();
  /** Gone, with retained files: nothing is left to decide until they are as old as files may become. */
  readonly #settled = new Set<string>();

  /** For a clock or a logger other than the engine's, and settings without defaults; else use `createCaptureAgent`. */
  constructor(parts: AgentParts, settings: AgentSettings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#node = parts.engine.settings.node;
    this.#queue = new KeyedQueue((uid) => this.#reconcile(uid), parts);
    this.#goneCheck = new GoneCheck(parts.clock, settings.goneGrace);
    this.#manifests = new KnownManifests(parts.engine.identity);
    this.#reporter = new Reporter(parts, this.#node, settings.whereFilesAre);
    this.#follower = new CaptureFollower(parts, this.#reporter, (origin) => this.#standingOfAbsent(origin));
  }

  /** True once every source has told its present state. */
  get ready(): boolean {
    return [...this.#parts.sources, this.#parts.claim].every((part) => this.#synced.has(part));
  }

  /** Captures that wait to be looked at. */
  get queueDepth(): number {
    return this.#queue.depth;
  }

  /**
   * Takes over what an earlier agent left, then goes to work. Resolves when it has; API servers may be away. Called once.
   * To give it up, dispose the agent: it then resolves, and begins nothing more.
   * @throws HostmountError when the manifests cannot be read
   */
  async start(): Promise<void> {
    const { sources, claim, clock, engine } = this.#parts;
    const { manifests, setAside } = await engine.parts.directory.loadManifests();
    for (const manifest of manifests) {
      this.#manifests.add(manifest);
      const { uid, slot } = manifest.request;
      if (slot !== undefined) this.#slots.hold(slot, uid);
    }
    for (const name of setAside) this.#manifests.addUnreadable(name);
    await engine.adopt(manifests.filter(({ state }) => state.kind === 'open').map(({ request }) => request.uid));
    const starts = [
      ...sources.map((source) => this.#sync(source, source.start((uid) => this.#hear(uid, source), this.#life.signal))),
      this.#sync(claim, claim.start?.(() => this.#lookAtUnclaimed(), this.#life.signal)),
    ];
    const patience = new AbortController();
    await Promise.race([Promise.all(starts), clock.sleep(this.#settings.syncPatience, patience.signal)]);
    patience.abort();
    this.#isAtWork = true;
    this.#lookAtAll();
    void this.#scan();
  }

  /**
   * Ends the work. Captures are suspended: their segments are closed cleanly, and the next agent goes on with them, unless
   * {@link AgentSettings.removeAtExit} has them removed.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    // What waits for an API server must not keep a segment from being closed, nor the process from ending.
    const settled = this.#queue.close();
    await this.#parts.engine.suspend();
    const patience = new AbortController();
    await Promise.race([settled, this.#parts.clock.sleep(LAST_REPORTS_MS, patience.signal)]);
    patience.abort();
    try {
      await this.#removeAtExit();
    } finally {
      for (const sink of this.#parts.sinks) await sink.close?.(LAST_REPORTS_MS);
    }
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

  #hear(uid: string, source: CaptureSource): void {
    const observed = source.get(uid);
    // A deletion may follow at once, and then this is the last that was said of the files.
    if (observed && (this.#ongoing.has(uid) || this.#manifests.get(uid))) this.#retention.set(uid, observed.retainFiles);
    this.#look(uid);
  }

  #look(uid: string): void {
    this.#queue.add(uid);
  }

  #lookAtUnclaimed(): void {
    for (const { uid, recorded } of this.#observedRequests()) if (isClaimable(recorded, this.#node)) this.#look(uid);
  }

  #lookAtAll(): void {
    for (const { uid } of this.#observedRequests()) this.#look(uid);
    for (const uid of this.#manifests.uids()) this.#look(uid);
    for (const uid of this.#ongoing.keys()) this.#look(uid);
  }

  *#observedRequests(): Iterable<ObservedRequest> {
    for (const source of this.#parts.sources) {
      for (const uid of source.uids()) {
        const observed = source.get(uid);
        if (observed) yield observed;
      }
    }
  }

  /** Brings one capture to where it should be. Never runs twice at once for the same uid. */
  async #reconcile(uid: string): Promise<void> {
    const ongoing = this.#ongoing.get(uid);
    const known = this.#manifests.get(uid);
    if (known && this.#isOverAge(known)) return this.#discard(known, this.#sourceNamed(known.source));
    if (this.#settled.has(uid)) return;
    const view = this.#view(uid, ongoing?.origin.source ?? known?.source);
    if (ongoing) return this.#attend(ongoing, view);

    const { source, observed } = view;
    // A source that has not told its present state yet may be about to.
    if (observed === undefined && source && !this.#synced.has(source) && !this.#isAtWork) return;
    const manifest = known && observed ? await this.#retainFiles(known, observed.retainFiles) : known;
    if (observed && source) {
      await this.#reconcileObserved(observed, source, manifest);
    } else if (manifest && this.#isNobodys(manifest)) {
      await endOrphans(this.#parts.engine.parts.runner, uid);
    } else if (manifest) {
      const standing = await this.#standingOfAbsent(originOf(manifest));
      // Nothing is begun for what is asked for once more after the grace period.
      if (standing !== 'perhaps-gone') await this.#takeOver(manifest, standing);
    } else {
      await this.#forgetEndOf(uid);
    }
  }

  async #reconcileObserved(observed: ObservedRequest, source: CaptureSource, manifest: CaptureManifest | undefined): Promise<void> {
    const origin: Origin = { source: source.name, uid: observed.uid, name: observed.name, createdAt: observed.createdAt };
    const { demand } = observed;
    const unreadable = this.#manifests.unreadableOf(observed.name, demand.valid ? demand.request.fileNames : []);
    const onDisk = manifest === undefined && unreadable !== undefined ? 'unreadable' : recordOf(manifest, this.#parts.clock);
    const recorded = source.keepsRecord === false ? standingByDisk(onDisk) : standingOf(observed.recorded, this.#node);
    const standing = this.#reporter.ended(observed.uid) ? 'terminal' : recorded;
    if (manifest) return this.#takeOver(manifest, standing);
    switch (decideRestart(standing, onDisk)) {
      case 'start':
        await this.#startClaimed(observed, origin);
        break;
      case 'fail-manifest-lost':
        await endOrphans(this.#parts.engine.parts.runner, observed.uid);
        await this.#reporter.tell(this.#reporter.failure(origin, new ManifestLostError(observed.name, this.#parts.engine.parts.directory.path)));
        break;
      default:
        if (standing === 'not-mine' && isClaimable(observed.recorded, this.#node)) await this.#claim(observed, origin);
    }
    if (unreadable !== undefined) this.#manifests.forgetUnreadable(unreadable);
  }

  /** Does what the restart table says of a capture that has a manifest. One that ran here is never claimed anew. */
  async #takeOver(manifest: CaptureManifest, standing: Standing): Promise<void> {
    const decision = decideRestart(standing, recordOf(manifest, this.#parts.clock));
    switch (decision) {
      case 'continue':
      case 'conclude':
      case 'close':
        this.#continue(manifest, TAKE_OVER_ENDINGS[decision]);
        return;
      case 'abandon':
        this.#continue(manifest, abandonment(manifest), 'keep');
        return;
      case 'remove':
        return this.#remove(manifest);
      case 'report':
        return this.#reportClosed(manifest);
      case 'leave':
      case 'start':
      case 'fail-manifest-lost':
    }
  }

  #view(uid: string, sourceName: string | undefined): View {
    const { sources } = this.#parts;
    const source = sources.find((candidate) => candidate.get(uid)) ?? this.#sourceNamed(sourceName);
    return { source, observed: source?.get(uid) };
  }

  /** What follows from an origin that does not list a request (any more). */
  async #standingOfAbsent({ source: sourceName, ...identity }: Origin): Promise<Standing | 'perhaps-gone'> {
    const source = this.#sourceNamed(sourceName);
    if (source === undefined || !this.#synced.has(source)) return 'unknown';
    const presence = await this.#goneCheck.ask(source, identity);
    if (presence === 'perhaps-gone') this.#queue.addAfter(identity.uid, this.#goneCheck.graceOf(source));
    if (presence !== 'unknown') return presence;
    const seen = source.keepsRecord === false ? undefined : await source.look?.(identity);
    return seen && standingOf(seen.recorded, this.#node) === 'not-mine' ? 'not-mine' : 'unknown';
  }

  /** Nothing is known of it but perhaps its end; that may be forgotten once the request is gone. */
  async #forgetEndOf(uid: string): Promise<void> {
    const ended = this.#reporter.ended(uid);
    if (ended === undefined || (await this.#standingOfAbsent(ended)) !== 'gone') return;
    this.#forget(uid);
  }

  /** Takes a request if it is this node's. */
  async #claim(observed: ObservedRequest, origin: Origin): Promise<void> {
    if (!this.#synced.has(this.#parts.claim)) return;
    const { uid, name, demand } = observed;
    const wanted = demand.valid ? demand.request.target : demand.target;
    const target = wanted && (await this.#parts.claim.claim({ uid, name, target: wanted }, this.#life.signal));
    // A request whose target nobody can make out is anyone's to refuse.
    if (wanted !== undefined && target === undefined) return;
    // Where nothing is recorded it need not be taken to be refused.
    const isOnlyRefused = !demand.valid && this.#sourceNamed(origin.source)?.keepsRecord === false;
    if (isOnlyRefused) return this.#begin(observed, origin, target);
    if (!(await this.#hasSlot(observed, origin))) return;
    await this.#begin(observed, origin, target, this.#reporter.tell(this.#reporter.taken(origin, target, demand.valid ? demand.warnings : [])));
  }

  /**
   * Whether a request may begin, as far as others of its slot are concerned. One that cannot be captured is refused at once:
   * it is not waited for that those go, and they do not go for its sake.
   */
  async #hasSlot({ uid, demand }: ObservedRequest, origin: Origin): Promise<boolean> {
    const slot = demand.valid ? demand.request.slot : undefined;
    const other = slot === undefined ? undefined : this.#slots.take(slot, uid);
    if (other === undefined || !demand.valid) return true;
    const refusal = await this.#parts.engine.refusalOf(demand.request, this.#life.signal);
    if (refusal) {
      await this.#reporter.tell(this.#reporter.failure(origin, refusal));
    } else {
      this.#look(other);
      this.#queue.addAfter(uid, SLOT_RETRY_MS);
    }
    return false;
  }

  /** Starts what this node has claimed, unless its target has gone elsewhere meanwhile: then it is given back. */
  async #startClaimed(observed: ObservedRequest, origin: Origin): Promise<void> {
    const { uid, name, demand } = observed;
    if (!demand.valid) return this.#begin(observed, origin, undefined);
    if (!this.#synced.has(this.#parts.claim)) return;
    const target = await this.#parts.claim.claim({ uid, name, target: demand.request.target }, this.#life.signal);
    if (target === undefined) await this.#reporter.tell(this.#reporter.released(origin));
    else if (await this.#hasSlot(observed, origin)) await this.#begin(observed, origin, target);
  }

  /** @param claimed whether the request is this node's, where that is still being asked: meanwhile everything is got ready. */
  async #begin(observed: ObservedRequest, origin: Origin, target: ClaimedTarget | undefined, claimed = Promise.resolve(true)): Promise<void> {
    const begun = this.#order(observed, origin, target, claimed);
    let isOurs = false;
    try {
      isOurs = await claimed;
    } finally {
      // Asked again, it has to find everything let go of.
      if (!isOurs && begun && !CaptureError.is(begun)) await begun.result.catch(() => undefined);
      if (!isOurs || begun === undefined || CaptureError.is(begun)) this.#freeSlotOf(origin.uid);
    }
    if (!isOurs || begun === undefined) return;
    if (CaptureError.is(begun)) await this.#reporter.tell(this.#reporter.failure(origin, begun));
    else this.#watch(begun, origin);
  }

  /** @returns why not, when it cannot be. */
  #order({ demand, retainFiles }: ObservedRequest, { source }: Origin, target: ClaimedTarget | undefined, claimed: Promise<boolean>): Capture | CaptureError | undefined {
    if (!demand.valid) return demand.error;
    try {
      return target && this.#parts.engine.begin({ request: demand.request, target, source, retainFiles }, { claimed });
    } catch (error) {
      if (CaptureError.is(error)) return error;
      throw error;
    }
  }

  #continue(manifest: CaptureManifest, ending?: CaptureEnding, silence?: Ongoing['silence']): void {
    this.#watch(this.#parts.engine.continue(manifest, ending), originOf(manifest), silence);
  }

  #watch(capture: Capture, origin: Origin, silence?: Ongoing['silence']): void {
    const { uid } = origin;
    this.#ongoing.set(uid, { capture, origin, ...(silence && { silence }) });
    this.#manifests.delete(uid);
    capture.onChange(() => this.#look(uid));
    this.#look(uid);
  }

  /** Looks after a capture that is under way, and lets go of it once its origin knows the end. */
  async #attend(ongoing: Ongoing, view: View): Promise<void> {
    const { capture, origin } = ongoing;
    if (!(await this.#follower.follow(ongoing, view))) {
      if (capture.state.phase === 'running') this.#queue.addAfter(origin.uid, this.#settings.reportInterval);
      return;
    }
    const { manifest } = capture;
    if (manifest && ongoing.isReleased) await this.#parts.engine.parts.directory.removeCapture(manifest);
    this.#ongoing.delete(origin.uid);
    if (manifest === undefined || ongoing.isReleased) {
      this.#forgetFiles(origin.uid);
      return;
    }
    this.#manifests.add(manifest);
    if (ongoing.silence === 'remove') await this.#remove(manifest);
  }

  async #reportClosed(manifest: CaptureManifest): Promise<void> {
    if (manifest.state.kind !== 'closed') return;
    await this.#reporter.tell(this.#reporter.end(originOf(manifest), manifest, manifest.state.result));
    await this.#change(manifest, { state: { ...manifest.state, reported: true } });
  }

  /** Whether files outlive their request may be changed for as long as there is one. */
  async #retainFiles(manifest: CaptureManifest, retainFiles: boolean): Promise<CaptureManifest> {
    return manifest.retainFiles === retainFiles ? manifest : this.#change(manifest, { retainFiles });
  }

  async #change(manifest: CaptureManifest, changes: Partial<CaptureManifest>): Promise<CaptureManifest> {
    const changed: CaptureManifest = { ...manifest, ...changes };
    await this.#parts.engine.parts.directory.saveManifest(changed);
    this.#manifests.add(changed);
    return changed;
  }

  /** The request is gone: so are its files, unless they are to be kept. */
  async #remove(manifest: CaptureManifest): Promise<void> {
    const { uid } = manifest.request;
    if (manifest.state.kind === 'open') {
      this.#continue(manifest, abandonment(manifest), 'remove');
      return;
    }
    const { directory } = this.#parts.engine.parts;
    let isRemoved = false;
    // Looked for on disk: a result may not know of files on a disk that could not be read.
    const files = await Promise.all(manifest.segments.map(({ file }) => directory.files(file)));
    if (files.flat().length > 0 && (this.#retention.get(uid) ?? manifest.retainFiles)) {
      await this.#retainFiles(manifest, true);
      if (this.#settings.keepFilesFor === undefined) this.#manifests.delete(uid);
      else this.#settled.add(uid);
    } else {
      await directory.removeCapture(manifest);
      this.#manifests.delete(uid);
      isRemoved = true;
    }
    this.#forget(uid);
    // It may have been asked for again meanwhile.
    this.#look(uid);
    if (isRemoved) await this.#reporter.tell(this.#reporter.removed(originOf(manifest), manifest.target));
  }

  #isOverAge({ state }: CaptureManifest): boolean {
    const { keepFilesFor } = this.#settings;
    if (keepFilesFor === undefined || state.kind !== 'closed' || !state.reported || state.filesDropped) return false;
    return elapsedSinceClosed(state, this.#parts.clock) >= keepFilesFor;
  }

  /**
   * Removes files that were kept long enough, and says so where they were listed. The record goes with them, unless there is
   * no other.
   */
  async #discard(manifest: CaptureManifest, source: CaptureSource | undefined): Promise<void> {
    const { state, request } = manifest;
    if (state.kind !== 'closed') return;
    const message = `${state.result.message} Its files were kept as long as the agent keeps files (KEEP_FILES_HOURS) and then removed.`;
    if (state.result.reason !== ClaimLostError.code) {
      const end = this.#reporter.end(originOf(manifest), manifest, { ...state.result, files: [], message });
      await this.#reporter.tell({ ...end, filesRemoved: true });
    }
    if (source?.keepsRecord === false) return this.#dropFiles(manifest);
    await this.#parts.engine.parts.directory.removeCapture(manifest);
    this.#manifests.delete(request.uid);
    this.#settled.delete(request.uid);
    this.#retention.delete(request.uid);
    this.#freeSlotOf(request.uid);
  }

  /** There are none (any more). */
  #forgetFiles(uid: string): void {
    this.#goneCheck.forget(uid);
    this.#retention.delete(uid);
    this.#freeSlotOf(uid);
  }

  #freeSlotOf(uid: string): void {
    for (const waiting of this.#slots.release(uid)) this.#look(waiting);
  }

  /** The request is gone. */
  #forget(uid: string): void {
    this.#forgetFiles(uid);
    this.#reporter.forget(uid);
  }

  /** Without a time limit, and of a source that this agent does not have: nobody would end it. It waits for an agent that has. */
  #isNobodys({ source, request, state }: CaptureManifest): boolean {
    return state.kind === 'open' && request.limits.seconds === undefined && this.#sourceNamed(source) === undefined;
  }

  /** Of what is suspended nothing is left; of what has ended the record, so that it is not run again. */
  async #removeAtExit(): Promise<void> {
    const { removeAtExit = [] } = this.#settings;
    if (removeAtExit.length === 0) return;
    const { manifests } = await this.#parts.engine.parts.directory.loadManifests();
    for (const manifest of manifests.filter(({ source }) => removeAtExit.includes(source))) {
      try {
        await (manifest.state.kind === 'closed' ? this.#dropFiles(manifest) : this.#removeSuspended(manifest));
      } catch (error) {
        this.#parts.logger.error({ capture: manifest.request.name, error: errorMessage(error) }, 'the files of a capture cannot be removed');
      }
    }
  }

  async #removeSuspended(manifest: CaptureManifest): Promise<void> {
    const { directory, guard } = this.#parts.engine.parts;
    await directory.removeCapture(manifest);
    await guard.giveBack(manifest.request.uid);
    await this.#reporter.tell(this.#reporter.removed(originOf(manifest), manifest.target, 'The agent ends.'));
  }

  /** Removes the files, and keeps the record of a capture that has ended. */
  async #dropFiles(manifest: CaptureManifest): Promise<void> {
    const { directory } = this.#parts.engine.parts;
    if (manifest.state.kind !== 'closed' || manifest.state.filesDropped) return;
    for (const { file } of manifest.segments) for (const { name } of await directory.files(file)) await directory.removeFile(name);
    await this.#change(manifest, { state: { ...manifest.state, result: { ...manifest.state.result, files: [] }, filesDropped: true } });
  }

  #sourceNamed(name: string | undefined): CaptureSource | undefined {
    return this.#parts.sources.find((source) => source.name === name);
  }
}

function abandonment({ request }: CaptureManifest): CaptureEnding {
  return { kind: 'fail', error: new ClaimLostError(request.name) };
}

function originOf({ source, request: { uid, name, createdAt } }: CaptureManifest): Origin {
  return { source, uid, name, createdAt };
}
