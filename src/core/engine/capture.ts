import { elapsedSince, endOf, type CaptureManifest, type Instant, instantOf, type SegmentRecord } from '../capture-manifest.ts';
import { type CaptureRequest, ringBytes } from '../capture-request.ts';
import type { CaptureResult, CaptureYield } from '../capture-result.ts';
import { describeTarget } from '../capture-target.ts';
import type { DiskReservation } from '../disk-guard.ts';
import { CaptureSuspendedError, ClaimLostError, EndedBeforeStartError, TooManySegmentsError, UnexpectedError } from '../errors/agent-errors.ts';
import { CaptureError, errorMessage } from '../errors/capture-error.ts';
import { PacketsNotWrittenError } from '../errors/disk-errors.ts';
import { TargetMissingError } from '../errors/target-errors.ts';
import { InterfaceDownError, TcpdumpFailedError } from '../errors/tcpdump-errors.ts';
import { expectedLinkType, type LinkType, type ResolvedInterface } from '../interface-resolver.ts';
import type { RunEnd, TcpdumpRun } from '../tcpdump-runner.ts';
import { Ahead } from './ahead.ts';
import type { CaptureEnding, Failure, Finish } from './capture-ending.ts';
import type { CaptureOrder } from './capture-order.ts';
import { CaptureRecord, type SegmentClosing } from './capture-record.ts';
import { endOrphans } from './end-orphans.ts';
import type { EngineParts, EngineSettings } from './engine-parts.ts';
import { goneSentence } from './gone-sentence.ts';
import { INTERRUPTIONS, interruptionBy } from './interruption.ts';
import { MISSING_TARGET } from './missing-target.ts';
import { type Completion, resultOf } from './result-of.ts';
import type { Turns } from './turns.ts';

/** What is known once tcpdump is capturing. */
export interface Beginning {
  /** The device. */
  readonly interface: string;
  /** Milliseconds since the Unix epoch. */
  readonly startTime: number;
}

/** Where a capture stands in this process. */
export type CaptureState =
  | {
      /** Other captures have all the turns (`EngineSettings.maxConcurrent`). */
      readonly phase: 'waiting';
      /** In the queue; 1 is next. */
      readonly place: number;
    }
  | {
      /** It is about to capture, and has not since it was begun or gone on with. */
      readonly phase: 'starting';
    }
  | RunningState
  | {
      /** Nothing is captured any more; its manifest is closed. */
      readonly phase: 'ended';
      /** How it ended. */
      readonly result: CaptureResult;
    }
  | {
      /** Its segment is closed, its manifest open: the next engine goes on with it. */
      readonly phase: 'suspended';
    };

/** The state of a capture while tcpdump captures. */
export interface RunningState extends Beginning {
  /** tcpdump is capturing. Between two segments it stays so. */
  readonly phase: 'running';
}

/** How a capture comes to be. */
export interface CaptureOrigin {
  /** Of a capture that an earlier agent began, to go on with. */
  readonly manifest?: CaptureManifest;
  /**
   * Whether the request is this node's, where that is still being asked. Until it is known everything is got ready and
   * nothing is begun; when it is not (`false`, or a rejection), all is let go of and the capture ends with ClaimLostError.
   */
  readonly claimed?: Promise<boolean>;
}

const FAST_DEATH_MS = 5_000;
const MAX_FAST_DEATHS = 3;
const RESOLVE_AGAIN_AFTER_MS = 250;

/** One capture from its turn to its result: reserve → resolve → run, a segment at a time. Disposing it stops it. */
export class Capture implements AsyncDisposable {
  readonly #parts: EngineParts;
  readonly #settings: EngineSettings;
  readonly #turns: Turns;
  readonly #order: CaptureOrder;
  readonly #record: CaptureRecord;
  readonly #claimed: Promise<boolean>;
  readonly #capturing = Promise.withResolvers<Beginning>();
  readonly #result = Promise.withResolvers<CaptureResult>();
  readonly #endAsked = new AbortController();
  /** Nothing is captured any more. */
  readonly #over = new AbortController();
  #timeIsKept = false;
  /** An earlier agent may have reserved disk for it that nobody has taken over yet. */
  #isReservedFromBefore: boolean;
  readonly #listeners = new Set<() => void>();
  readonly #onCapturing: ((isCapturing: boolean) => void)[] = [];
  #state: CaptureState = { phase: 'starting' };
  #ending: CaptureEnding | undefined;
  #endAskedAt: Instant | undefined;
  /** When the last tcpdump of this process ended. */
  #lastEnd: Instant | undefined;
  #run: TcpdumpRun | undefined;
  /** What is missing although it was to end well; see {@link Finish.lacking}. */
  #lacking: string | undefined;
  #fastDeaths = 0;
  /** {@link Clock.uptime} since when the target is waited for. */
  #missingSince: number | undefined;
  /** What the resolver has said of the target that is waited for. */
  #saidGone: string | undefined;

  constructor(parts: EngineParts, settings: EngineSettings, turns: Turns, order: CaptureOrder, { manifest, claimed }: CaptureOrigin = {}) {
    this.#parts = parts;
    this.#settings = settings;
    this.#turns = turns;
    this.#order = order;
    this.#record = new CaptureRecord(parts.directory, parts.clock, settings.identity ?? settings.node, order, manifest);
    this.#isReservedFromBefore = manifest !== undefined;
    this.#claimed = this.#heed(claimed);
    // Nobody need await these: the state tells the same.
    this.#capturing.promise.catch(() => undefined);
    this.#result.promise.catch(() => undefined);
  }

  /** What was asked for, with the target that was claimed. */
  get order(): CaptureOrder {
    return this.#order;
  }

  /** What was asked for. */
  get request(): CaptureRequest {
    return this.#order.request;
  }

  /** Where it stands at present. */
  get state(): CaptureState {
    return this.#state;
  }

  /** What lies on disk; absent until something does. */
  get manifest(): CaptureManifest | undefined {
    return this.#record.manifest;
  }

  /** Resolves when tcpdump is capturing, of a recovered capture: again. Rejects with the error when it never does, or with EndedBeforeStartError. */
  get capturing(): Promise<Beginning> {
    return this.#capturing.promise;
  }

  /** Resolves with the result, a failure's too; rejects only when the engine is suspended: with EndedBeforeStartError where the next one knows nothing of it. */
  get result(): Promise<CaptureResult> {
    return this.#result.promise;
  }

  /** Calls `listener` after each change of {@link Capture.state}. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Calls `listener` with true when a tcpdump has begun to capture, and with false once it has ended: a capture may have several. */
  onCapturing(listener: (isCapturing: boolean) => void): void {
    this.#onCapturing.push(listener);
  }

  /** @internal What ends it; absent while nothing does. */
  get ending(): CaptureEnding | undefined {
    return this.#ending;
  }

  /** Asks for the end. The first ending wins; later ones change nothing. */
  end(ending: CaptureEnding): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#endAskedAt = instantOf(this.#parts.clock);
    this.#endAsked.abort();
  }

  /** As {@link RunningCapture.stop}: no packet sent before this call is lost. Where it is to end already, it ends as that has it. */
  stop(): Promise<CaptureResult> {
    this.end({ kind: 'finish', reason: 'Stopped' });
    return this.#result.promise;
  }

  /** Stops it, unless it is to end already, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => undefined);
  }

  /** Records whether the files outlive the request. */
  retainFiles(retainFiles: boolean): Promise<void> {
    return this.#record.retainFiles(retainFiles);
  }

  /** Records that the origin knows the result. */
  markReported(): Promise<void> {
    return this.#record.markReported();
  }

  /** What the capture holds by what is on disk: of the segment that is open no counters, since tcpdump is not asked. */
  yieldOnDisk(): Promise<CaptureYield> {
    return this.#record.yield();
  }

  /** What the capture holds at present, with fresh counters of tcpdump. */
  async yield(): Promise<CaptureYield> {
    const run = this.#run;
    const present = await run?.counters();
    return this.#record.yield(run === this.#run ? present : undefined);
  }

  /** Runs the capture to its end. Called once, by the engine; never rejects. */
  async run(): Promise<void> {
    try {
      await this.#capture();
    } catch (error) {
      this.#endBecauseOf(error);
    }
    this.#over.abort();
    const ending = this.#ending ?? { kind: 'finish', reason: 'Stopped' };
    if (this.#isReservedFromBefore && ending.kind !== 'suspend') await this.#parts.guard.giveBack(this.request.uid);
    await this.#conclude(ending.kind !== 'suspend' && this.#lacking !== undefined ? { lacking: this.#lacking, ...ending } : ending);
  }

  async #capture(): Promise<void> {
    await this.#takeOver();
    if (this.#endIsDue()) return;
    this.#keepTime();
    using _turn = await this.#turns.take((place) => this.#enter({ phase: 'waiting', place }), this.#endAsked.signal);
    this.#enter({ phase: 'starting' });
    await this.#compileFilter(expectedLinkType(this.#order.target));
    await using resolved = new Ahead(this.#resolve());
    await using reservation = await this.#reserve();
    while (!this.#endIsDue()) {
      try {
        await this.#runSegment(reservation, resolved.take() ?? this.#resolve());
      } catch (error) {
        await this.#awaitReturn(error);
      }
    }
  }

  /** Ends what an earlier agent left running, and closes the segment that it had open. */
  async #takeOver(): Promise<void> {
    if (this.manifest === undefined) return;
    await endOrphans(this.#parts.runner, this.request.uid);
    await this.#record.closeAbandonedSegment();
  }

  /** A claim that is lost ends the capture. */
  async #heed(claimed: Promise<boolean> | undefined): Promise<boolean> {
    const isOurs = await Promise.resolve(claimed ?? true).catch(() => false);
    if (!isOurs) this.end({ kind: 'fail', error: new ClaimLostError(this.request.name) });
    return isOurs;
  }

  /** Resolves once the claim is known, or the capture is to end. */
  async #mayBegin(): Promise<boolean> {
    const over = new AbortController();
    await Promise.race([this.#claimed, aborted(this.#endAsked.signal, over.signal)]);
    over.abort();
    return !this.#endIsDue();
  }

  #endIsDue(): boolean {
    const left = this.#record.secondsLeft;
    const segments = this.#record.captured.length;
    if (left !== undefined && left <= 0) this.end({ kind: 'finish', reason: 'TimeLimit' });
    if (this.#packetsLeft !== undefined && this.#packetsLeft <= 0) this.end({ kind: 'finish', reason: 'PacketLimit' });
    if (segments >= this.#settings.maxSegments) this.end({ kind: 'fail', error: new TooManySegmentsError(segments) });
    return this.#ending !== undefined;
  }

  get #packetsLeft(): number | undefined {
    const { maxPackets } = this.request.limits;
    return maxPackets === undefined ? undefined : maxPackets - this.#record.pastCounters.captured;
  }

  async #compileFilter(linkType: LinkType): Promise<void> {
    const { filter } = this.request;
    if (filter !== undefined) await this.#parts.runner.compileFilter(filter, linkType, this.#endAsked.signal);
  }

  async #reserve(): Promise<DiskReservation> {
    const left = this.#record.secondsLeft;
    const ask = {
      captureUid: this.request.uid,
      bytes: ringBytes(this.request.limits),
      files: () => this.#record.segments.map(({ file }) => file),
      ...(left !== undefined && { expires: this.#parts.clock.now() + left * 1000 }),
    };
    const reservation = await this.#parts.guard.reserve(ask, this.#endAsked.signal);
    this.#isReservedFromBefore = false;
    return reservation;
  }

  /** From the resolved interface to the closed segment. Another one may follow. */
  async #runSegment(reservation: DiskReservation, resolved: Promise<ResolvedInterface>): Promise<void> {
    await using interface_ = await resolved;
    if (interface_.linkType !== expectedLinkType(this.#order.target)) await this.#compileFilter(interface_.linkType);
    // What came before can be undone without a trace.
    if (!(await this.#mayBegin())) return;

    const opened = await this.#record.openSegment(interface_.device);
    const run = await this.#start(opened, interface_);
    let segment = opened;
    try {
      segment = await this.#record.startSegment(opened, run.process);
      this.#run = run;
      this.#missingSince = undefined;
      this.#saidGone = undefined;
      this.#keepTime();
      const beginning = { interface: interface_.device, startTime: this.#record.startTime ?? segment.started.at };
      this.#call(this.#onCapturing, true);
      this.#enter({ phase: 'running', ...beginning });
      this.#capturing.resolve(beginning);
      await this.#untilEnd(run, interface_, reservation);
    } finally {
      const at = this.#endAskedAt ?? instantOf(this.#parts.clock);
      const end = await run.stop();
      if (this.#run !== undefined) this.#call(this.#onCapturing, false);
      this.#conclusionFrom(end, segment);
      try {
        const cut = end.cause === 'killed' || end.cause === 'interface-gone' || end.counters === undefined;
        this.#lastEnd = at;
        await this.#closeSegment(segment, { counters: end.counters, at, interruption: interruptionBy(end, interface_, this.#ending), cut, diskFilled: reservation.exhausted.aborted });
      } finally {
        this.#run = undefined;
      }
    }
  }

  async #start(segment: SegmentRecord, interface_: ResolvedInterface): Promise<TcpdumpRun> {
    const { runner, directory, clock } = this.#parts;
    const { limits, filter, uid } = this.request;
    const secondsLeft = this.#record.secondsLeft;
    const packetsLeft = this.#packetsLeft;
    try {
      return await runner.start(
        {
          captureUid: uid,
          interface: interface_,
          path: `${directory.path}/${segment.file}`,
          maxFileSize: segment.maxFileSize,
          fileCount: segment.fileCount,
          snapLength: limits.snapLength,
          promiscuous: this.#settings.promiscuous(this.#order.target),
          ...(filter !== undefined && { filter }),
          ...(packetsLeft !== undefined && { maxPackets: packetsLeft }),
          ...(secondsLeft !== undefined && { secondsLeft }),
        },
        this.#endAsked.signal,
      );
    } catch (error) {
      await this.#closeSegment(segment, { counters: undefined, at: instantOf(clock), interruption: INTERRUPTIONS.notStarted });
      throw error;
    }
  }

  get #hasRun(): boolean {
    return this.#record.startTime !== undefined;
  }

  /** Whoever refuses a target that was there before says that it is not any more, in whatever words. */
  async #resolve(): Promise<ResolvedInterface> {
    const { target } = this.#order;
    try {
      return await this.#parts.resolver.resolve(target, this.#endAsked.signal);
    } catch (error) {
      throw this.#hasRun && CaptureError.is(error) ? new TargetMissingError(describeTarget(target), error) : error;
    }
  }

  /** A target may be between two sandboxes: it is waited for. When it does not come back, it is gone. */
  async #awaitReturn(error: unknown): Promise<void> {
    const { clock } = this.#parts;
    const mayReturn = CaptureError.is(error) && (MISSING_TARGET.includes(error.code) || (this.#hasRun && error.code === InterfaceDownError.code));
    if (!mayReturn) throw error;
    if (this.#missingSince === undefined) this.#parts.logger.info({ capture: this.request.name, refusal: error.message }, 'a target is not there, and is waited for');
    this.#missingSince ??= clock.uptime();
    if (clock.uptime() - this.#missingSince < this.#settings.targetPatience) {
      await clock.sleep(RESOLVE_AGAIN_AFTER_MS, this.#endAsked.signal);
    } else if (this.#hasRun) {
      const because = this.#saidGone ?? goneSentence(problemOf(error));
      this.end({ kind: 'finish', reason: 'TargetGone', ...(because !== undefined && { because }) });
    } else {
      throw error;
    }
  }

  /** Once tcpdump has captured the time limit holds, whatever the capture waits for: its end, its turn, its target. */
  #keepTime(): void {
    const left = this.#record.secondsLeft;
    if (left === undefined || !this.#hasRun || this.#timeIsKept) return;
    this.#timeIsKept = true;
    this.#parts.clock.sleep(Math.max(0, left * 1000), this.#over.signal).then(
      () => this.end({ kind: 'finish', reason: 'TimeLimit' }),
      () => undefined,
    );
  }

  /** Resolves when tcpdump has ended, or has to. */
  async #untilEnd(run: TcpdumpRun, { gone }: ResolvedInterface, { exhausted }: DiskReservation): Promise<void> {
    const over = new AbortController();
    try {
      await Promise.race([
        run.ended,
        aborted(this.#endAsked.signal, over.signal),
        aborted(gone, over.signal),
        aborted(exhausted, over.signal),
      ]);
      if (gone.aborted) {
        this.#saidGone = goneSentence(gone.reason);
        this.#parts.logger.info({ capture: this.request.name, reason: this.#saidGone }, 'the target of a capture is gone');
      }
      if (exhausted.aborted) this.end({ kind: 'fail', error: exhausted.reason as CaptureError });
    } finally {
      over.abort();
    }
  }

  /** Draws the conclusion from the end of a tcpdump: an ending, or none when another segment is to follow. */
  #conclusionFrom(end: RunEnd, segment: SegmentRecord): void {
    const said = end.stderr.trim().split('\n').at(-1) ?? '';
    switch (end.cause) {
      case 'packet-limit':
        return this.end({ kind: 'finish', reason: 'PacketLimit' });
      case 'time-limit':
        return this.end({ kind: 'finish', reason: 'TimeLimit', lacking: 'The agent did not end it in time, so its last second may be missing.' });
      case 'failed':
        return this.end({ kind: 'fail', error: new TcpdumpFailedError('gave up', said), lacking: 'Nobody stopped it, so its last packets may be missing.' });
      case 'killed':
        this.#parts.logger.warn({ capture: this.request.name, stderr: end.stderr }, 'tcpdump was killed');
        if (this.#ending) this.#lacking = 'tcpdump was killed while it was to end, so its last packets may be missing.';
        this.#fastDeaths = elapsedSince(segment.started, this.#parts.clock) < FAST_DEATH_MS ? this.#fastDeaths + 1 : 1;
        if (this.#fastDeaths < MAX_FAST_DEATHS) return;
        return this.end({ kind: 'fail', error: new TcpdumpFailedError(`was killed ${this.#fastDeaths} times in a row`, said) });
      case 'stopped':
        if (end.counters === undefined) this.#lacking = 'tcpdump did not answer and had to be killed, so its last packets may be missing.';
        return;
      case 'interface-gone':
        return;
    }
  }

  async #closeSegment(segment: SegmentRecord, closing: SegmentClosing): Promise<void> {
    try {
      const { notWritten } = await this.#record.closeSegment(segment, closing);
      if (notWritten === undefined) return;
      if (this.#ending?.kind === 'fail') this.#lacking = `Of ${notWritten.captured} packets the files hold ${notWritten.inFiles}.`;
      this.#fail(new PacketsNotWrittenError(notWritten.captured, notWritten.inFiles));
    } catch (error) {
      this.#fail(asCaptureError(error));
    } finally {
      if (this.#record.unsaved) this.#parts.logger.error({ capture: this.request.name }, 'the manifest cannot be written');
    }
  }

  /** However it was to end, or to go on: files that lack packets, or that nobody can look into, are no success. */
  #fail(error: CaptureError): void {
    const failure: CaptureEnding = { kind: 'fail', error };
    this.end(failure);
    if (this.#ending?.kind !== 'fail') this.#ending = failure;
  }

  #endBecauseOf(thrown: unknown): void {
    const error = firstThrown(thrown);
    if (error !== thrown) this.#parts.logger.error({ capture: this.request.name, error: thrown }, 'what a capture held cannot be let go of');
    if (CaptureError.is(error)) {
      this.end({ kind: 'fail', error });
    } else if (!this.#endAsked.signal.aborted) {
      this.#parts.logger.error({ capture: this.request.name, error }, 'an unexpected error ended a capture');
      this.end({ kind: 'fail', error: new UnexpectedError(error) });
    }
  }

  /** Closes the manifest, unless suspended, and tells the result. */
  async #conclude(ending: CaptureEnding): Promise<void> {
    if (ending.kind === 'suspend') {
      const error = this.manifest === undefined ? new EndedBeforeStartError(this.request.name, 'suspended') : new CaptureSuspendedError(this.request.name);
      this.#capturing.reject(error);
      this.#result.reject(error);
      this.#enter({ phase: 'suspended' });
      return;
    }
    const result = await this.#endWith(ending);
    try {
      await this.#record.close(result);
    } catch (error) {
      // Told all the same: who is told marks it as reported, and that writes it once the disk takes it.
      this.#parts.logger.error({ capture: this.request.name, error: errorMessage(error) }, 'the manifest cannot be closed');
    }
    this.#capturing.reject(ending.kind === 'fail' ? ending.error : this.#endedBeforeStart(ending));
    this.#result.resolve(result);
    this.#enter({ phase: 'ended', result });
  }

  #endedBeforeStart({ isDisposal }: Finish): EndedBeforeStartError {
    return new EndedBeforeStartError(this.request.name, this.#hasRun ? 'recovered' : isDisposal ? 'disposed' : 'ended');
  }

  /** A target that took the last segment with it was waited for in vain since then. */
  #completion(ending: CaptureEnding): Completion {
    const asked = this.#endAskedAt ?? instantOf(this.#parts.clock);
    const last = this.#record.captured.at(-1);
    const tookIt = ending.kind === 'finish' && ending.reason === 'TargetGone' && last?.end?.interruption === INTERRUPTIONS.targetReplaced;
    const due = tookIt ? endOf(last) : undefined;
    return due ? { due, at: (this.#lastEnd ?? due).at } : { due: asked, at: asked.at };
  }

  async #endWith(ending: Finish | Failure): Promise<CaptureResult> {
    const completion = this.#completion(ending);
    try {
      return resultOf(ending, this.request, this.#record, await this.#record.yield(), completion);
    } catch (error) {
      const failure: Failure = ending.kind === 'fail' ? ending : { kind: 'fail', error: asCaptureError(error) };
      return resultOf(failure, this.request, this.#record, this.#record.remembered, completion);
    }
  }

  #enter(state: CaptureState): void {
    this.#state = state;
    this.#call(this.#listeners);
  }

  #call<T extends readonly unknown[]>(listeners: Iterable<(...given: T) => void>, ...given: T): void {
    for (const listener of listeners) {
      try {
        listener(...given);
      } catch (error) {
        this.#parts.logger.error({ capture: this.request.name, error }, 'who listens to a capture has thrown');
      }
    }
  }
}

/** What went wrong first, where letting go of something has failed after it. */
function firstThrown(error: unknown): unknown {
  return error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error ? firstThrown(error.suppressed) : error;
}

/** What is wrong, as who refused has said it first. */
function problemOf(error: CaptureError): string {
  return error.code === TargetMissingError.code && CaptureError.is(error.cause) ? error.cause.problem : error.problem;
}

function asCaptureError(error: unknown): CaptureError {
  return CaptureError.is(error) ? error : new UnexpectedError(error);
}

/** Resolves when `signal` is aborted; forgets about it when `until` is. */
function aborted(signal: AbortSignal, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true, signal: until });
  });
}
