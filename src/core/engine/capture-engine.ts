import type { CaptureManifest, ClosedManifest } from '../capture-manifest.ts';
import type { CaptureRequest } from '../capture-request.ts';
import type { CaptureFile } from '../capture-result.ts';
import { checkRequest, checkTarget } from '../check-request.ts';
import { checkSetting } from '../check-setting.ts';
import { CaptureNotEndedError, CaptureNotKnownError } from '../errors/agent-errors.ts';
import { CaptureError, quote } from '../errors/capture-error.ts';
import { RequestInvalidError } from '../errors/request-errors.ts';
import { fileBasesFor } from '../file-names.ts';
import { expectedLinkType } from '../interface-resolver.ts';
import { Capture, type CaptureOrigin } from './capture.ts';
import type { CaptureEnding } from './capture-ending.ts';
import type { CaptureOrder } from './capture-order.ts';
import { type DirectRequest, orderOf } from './direct-request.ts';
import type { EngineParts, EngineSettings } from './engine-parts.ts';
import { RunningCapture } from './running-capture.ts';
import { Turns } from './turns.ts';

/** What a start can be given. */
export interface StartOptions {
  /** Aborting it ends the capture, before or after it is capturing. */
  readonly signal?: AbortSignal;
  /** Called with the place in the queue while `maxConcurrent` others run; 1 is next. */
  readonly onWaiting?: (place: number) => void;
}

/** Numbers of an engine's captures. */
export interface EngineLoad {
  /** They have a turn: at most `EngineSettings.maxConcurrent`. */
  readonly running: number;
  /** They wait for one. */
  readonly waiting: number;
}

/** What an engine finds of those before it, on this node and under its identity. */
export interface Recovered {
  /** Captures that had not ended: they go on, each in a next segment for the time that is left of it. */
  readonly ongoing: readonly Capture[];
  /** Records of captures that have ended; their files are there unless somebody removed them. */
  readonly ended: readonly ClosedManifest[];
}

/** One node's captures. Imperative: knows no Kubernetes. */
export class CaptureEngine implements AsyncDisposable {
  /** What it is made of: a caller who needs its clock or folder finds them here. */
  readonly parts: EngineParts;
  /** How it goes about its work, defaults filled in. */
  readonly settings: EngineSettings;
  /**
   * Aborted when the folder is not this engine's any more: another engine of its identity has got in, as when the lock file was
   * removed while this process was stopped, or another folder is in its place. The reason is a HostmountLockedError or
   * HostmountError. No manifest can be written then: end the process at once, so that its captures end.
   */
  readonly lost: AbortSignal;
  readonly #turns: Turns;
  readonly #captures = new Set<Capture>();
  #hasAdopted = false;
  #isRecovering = false;
  /** What becomes of captures that come too late. */
  #closing: CaptureEnding | undefined;

  /**
   * For parts of one's own; `createCaptureEngine` opens a folder and makes the usual ones.
   * @throws SettingInvalidError naming the setting that is wrong
   */
  constructor(parts: EngineParts, settings: EngineSettings) {
    checkSettings(settings);
    this.parts = parts;
    this.settings = settings;
    this.lost = parts.held?.lost ?? new AbortController().signal;
    this.#turns = new Turns(settings.maxConcurrent);
  }

  /** What its files, manifests and reservations are named after. */
  get identity(): string {
    return this.settings.identity ?? this.settings.node;
  }

  /** How much it has to do at present. */
  get load(): EngineLoad {
    return { running: this.#turns.taken, waiting: this.#turns.waiting };
  }

  /**
   * Gives back the disk that an earlier engine of this node had reserved, except for captures that are to be continued.
   * Comes before the first capture; one that is begun without it is told that none is to be continued.
   * @throws HostmountError
   */
  adopt(captureUids: Iterable<string>): Promise<void> {
    this.#hasAdopted = true;
    return this.parts.guard.adopt(captureUids);
  }

  /**
   * Goes on with the captures that an earlier engine left open, because its process died or it was suspended. Comes before
   * the first capture, and once; where it has failed it may be tried again. A `CaptureAgent` does this by itself.
   * @throws HostmountError when the folder cannot be read
   * @throws Error, which has no `code`, when it comes too late or a second time, or the engine is suspended or disposed by then: that is a mistake of the calling program
   */
  async recover(): Promise<Recovered> {
    if (this.#hasAdopted || this.#isRecovering) throw new Error('recover() comes before the first capture of an engine, and once. Await it right after the engine is made.');
    this.#checkIsOpen();
    this.#isRecovering = true;
    try {
      const { manifests } = await this.parts.directory.loadManifests();
      const open = manifests.filter(({ state }) => state.kind === 'open');
      await this.parts.guard.adopt(open.map(({ request }) => request.uid));
      this.#hasAdopted = true;
      this.#checkIsOpen();
      return {
        ongoing: open.map((manifest) => this.continue(manifest)),
        ended: manifests.filter(isClosed),
      };
    } finally {
      this.#isRecovering = false;
    }
  }

  /**
   * Records of the captures of this identity that have ended and were not removed, in no order; at any time.
   * @throws HostmountError when the folder cannot be read
   */
  async ended(): Promise<readonly ClosedManifest[]> {
    const { manifests } = await this.parts.directory.loadManifests();
    return manifests.filter(isClosed);
  }

  /**
   * Removes what has ended under this uid: the files, then the record, which a crash between the two leaves to be removed
   * again. A `CaptureAgent` removes its captures by itself.
   * @throws CaptureNotEndedError, CaptureNotKnownError, HostmountError
   */
  async remove(uid: string): Promise<void> {
    const { directory, guard } = this.parts;
    const { manifests } = await directory.loadManifests();
    const found = manifests.filter(({ request }) => request.uid === uid);
    const goesOn = this.#underWay(uid) ?? found.find((manifest) => !isClosed(manifest));
    if (goesOn) throw new CaptureNotEndedError(goesOn.request.name);
    if (found.length === 0) throw new CaptureNotKnownError(uid, directory.path, this.identity);
    for (const manifest of found) await directory.removeCapture(manifest);
    await guard.giveBack(uid);
  }

  /** Absolute path of a file of a result. */
  pathOf({ name }: Pick<CaptureFile, 'name'>): string {
    return `${this.parts.directory.path}/${name}`;
  }

  /**
   * Starts a capture; resolves when tcpdump is really capturing. Where it rejects because the engine is disposed or suspended,
   * a caller who has not looked at it by then does not end the process by that.
   * @param order a claimed request, or a direct one: `{ name: 'web', target, limits: { seconds: 60 } }`.
   * @throws CaptureError when it cannot start: invalid request, refused disk, no such interface, …
   */
  start(order: CaptureOrder | DirectRequest, { signal, onWaiting }: StartOptions = {}): Promise<RunningCapture> {
    const started = new Promise<RunningCapture>((resolve) => {
      signal?.throwIfAborted();
      const capture = this.begin('request' in order ? order : orderOf(order));
      const stop = () => capture.end({ kind: 'finish', reason: 'Stopped' });
      const forget = () => signal?.removeEventListener('abort', stop);
      signal?.addEventListener('abort', stop, { once: true });
      capture.result.then(forget, forget);
      capture.onChange(() => {
        if (capture.state.phase === 'waiting') onWaiting?.(capture.state.place);
      });
      const running = capture.capturing.then((beginning) => new RunningCapture(capture, beginning));
      running.catch(() => {
        // `return engine.start(…)` in a function that disposes the engine: nobody can look at it before it rejects.
        if (capture.ending === this.#closing) started.catch(() => undefined);
      });
      resolve(running);
    });
    return started;
  }

  /**
   * Why a request cannot be captured, as far as that can be told without beginning: whether its filter compiles.
   * @returns `undefined` where nothing speaks against it.
   * @throws the signal's reason when it is aborted
   */
  async refusalOf({ filter, target }: CaptureRequest, signal?: AbortSignal): Promise<CaptureError | undefined> {
    try {
      if (filter !== undefined) await this.parts.runner.compileFilter(filter, expectedLinkType(target), signal);
      return undefined;
    } catch (error) {
      if (CaptureError.is(error)) return error;
      throw error;
    }
  }

  /**
   * Begins a capture without waiting for anything.
   * @param origin see {@link CaptureOrigin}
   * @throws RequestInvalidError, FileNameTooLongError
   * @throws Error, which has no `code`, while {@link CaptureEngine.recover} is at work: await that first
   */
  begin(order: CaptureOrder, { claimed }: Pick<CaptureOrigin, 'claimed'> = {}): Capture {
    if (this.#isRecovering) throw new Error('recover() is at work: a capture begins after it. Await it first.');
    checkRequest(order.request);
    checkTarget(order.target, this.settings.node);
    this.#checkUnique(order.request);
    fileBasesFor({ node: this.identity, name: order.request.name, fileNames: order.request.fileNames }, Math.floor(this.parts.clock.now() / 1000)).next();
    // What fails here fails again for the reservation, and is told by that.
    if (!this.#hasAdopted) this.adopt([]).catch(() => undefined);
    return this.#run(new Capture(this.parts, this.settings, this.#turns, order, claimed && { claimed }));
  }

  /**
   * Goes on with a capture that an earlier engine began: ends what still runs of it, then captures for the time left.
   * @param ending has it only closed, with its files verified.
   */
  continue(manifest: CaptureManifest, ending?: CaptureEnding): Capture {
    const capture = new Capture(this.parts, this.settings, this.#turns, manifest, { manifest });
    if (ending) capture.end(ending);
    return this.#run(capture);
  }

  /** Closes every capture's segment cleanly and leaves the captures open for the next engine. */
  suspend(): Promise<void> {
    return this.#endAll({ kind: 'suspend' });
  }

  /** Stops every capture. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endAll({ kind: 'finish', reason: 'Stopped', isDisposal: true });
    await this.parts.held?.[Symbol.asyncDispose]();
  }

  /** What it would go on with would end at once, and with it what the next engine is to go on with. */
  #checkIsOpen(): void {
    if (this.#closing) throw new Error(`The engine was ${this.#closing.kind === 'suspend' ? 'suspended' : 'disposed'}. Make another, and recover() with that.`);
  }

  #checkUnique({ uid, name }: CaptureRequest): void {
    const other = this.#underWay(uid);
    if (other === undefined) return;
    const problem = `The capture ${name} has the uid ${quote(uid)} of the capture ${other.request.name}, which has not ended.`;
    throw new RequestInvalidError({ problem, advice: 'Give each capture a uid of its own.' });
  }

  #underWay(uid: string): Capture | undefined {
    return [...this.#captures].find(({ request, state }) => request.uid === uid && state.phase !== 'ended');
  }

  #run(capture: Capture): Capture {
    if (this.#closing) capture.end(this.#closing);
    this.#captures.add(capture);
    void capture.run().finally(() => this.#captures.delete(capture));
    return capture;
  }

  async #endAll(ending: CaptureEnding): Promise<void> {
    this.#closing ??= ending;
    const captures = [...this.#captures];
    for (const capture of captures) capture.end(this.#closing);
    await Promise.allSettled(captures.map((capture) => capture.result));
  }
}

function isClosed(manifest: CaptureManifest): manifest is ClosedManifest {
  return manifest.state.kind === 'closed';
}

function checkSettings({ maxConcurrent, maxSegments, targetPatience, promiscuous }: EngineSettings): void {
  for (const [name, given] of Object.entries({ maxConcurrent, maxSegments })) {
    checkSetting(Number.isInteger(given) && given >= 1, name, given, 'a whole number from 1');
  }
  checkSetting(targetPatience >= 0, 'targetPatience', targetPatience, 'a number of milliseconds from 0');
  checkSetting(typeof promiscuous === 'function', 'promiscuous', promiscuous, 'a function of the target');
}
