import { type Beginning, CaptureError, type CaptureEngine, CaptureSuspendedError, type CaptureResult, type ClaimStrategy, type Clock, type Logger } from 'pcapper';
import type { Incident, Incidents, IncidentStatus } from './incident.ts';

export interface IncidentControllerParts {
  readonly engine: CaptureEngine;
  readonly claim: ClaimStrategy;
  readonly incidents: Incidents;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A capture that this process has begun, or goes on with. */
interface OngoingCapture {
  readonly capturing: Promise<Pick<Beginning, 'interface'>>;
  readonly result: Promise<CaptureResult>;
  readonly stop: () => void;
}

const SECONDS = 60;
const RETRY_MS = 5_000;
const KEEP_FILES_MS = 24 * 60 * 60_000;

/** Captures a minute of each Incident's Pod that is this node's, and writes into the Incident what came of it. Files stay for a day. */
export class IncidentController implements AsyncDisposable {
  readonly #parts: IncidentControllerParts;
  readonly #life = new AbortController();
  /** How to stop the capture of an Incident. */
  readonly #captures = new Map<string, () => void>();
  /** What there is to say of captures, also of those under an earlier process, until their Incident is gone. */
  readonly #statuses = new Map<string, IncidentStatus>();
  /** Incidents that are being written: one writer for each, however often it is looked at. */
  readonly #writing = new Set<string>();
  readonly #work = new Set<Promise<void>>();

  constructor(parts: IncidentControllerParts) {
    this.#parts = parts;
  }

  /** Goes on with what an earlier process left, then takes what is new. Resolves once all Incidents are known. */
  async start(): Promise<void> {
    const { engine, claim, incidents } = this.#parts;
    const { ongoing, ended } = await engine.recover();
    for (const { request, state } of ended) this.#statuses.set(request.uid, this.#outcomeOf(state.result));
    for (const capture of ongoing) this.#follow(capture.request.uid, { capturing: capture.capturing, result: capture.result, stop: () => void capture.stop() });
    // Before the Pods, whose changes make it look at everything: a capture whose Incident is not known is ended.
    await incidents.start((uid) => this.#look(uid), this.#life.signal);
    await claim.start?.(() => this.#lookAtAll(), this.#life.signal);
    this.#lookAtAll();
  }

  /** Ends the work: captures are closed cleanly, and the next process goes on with them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    await this.#parts.engine.suspend();
    await Promise.all(this.#work);
  }

  #lookAtAll(): void {
    for (const uid of new Set([...this.#parts.incidents.uids(), ...this.#captures.keys(), ...this.#statuses.keys()])) this.#look(uid);
  }

  #look(uid: string): void {
    const incident = this.#parts.incidents.get(uid);
    if (incident === undefined) {
      this.#captures.get(uid)?.();
      this.#statuses.delete(uid);
    } else if (this.#isOurs(incident)) {
      const status = this.#statuses.get(uid);
      if (status === undefined) this.#do(this.#take(incident));
      else if (status.phase !== incident.phase) this.#do(this.#write(incident));
    }
  }

  /** Its end is not told yet, and no other node captures it: the Pod may have moved. */
  #isOurs({ phase, node }: Incident): boolean {
    return phase === undefined || (phase === 'Capturing' && node === this.#parts.engine.settings.node);
  }

  async #take(incident: Incident): Promise<void> {
    const { engine, claim, incidents } = this.#parts;
    const { uid, name, namespace, pod } = incident;
    const target = await claim.claim({ uid, name, target: { kind: 'pod', namespace, name: pod } }, this.#life.signal);
    // Meanwhile it may have been deleted, or taken by an earlier look.
    const isTaken = this.#captures.has(uid) || this.#statuses.has(uid);
    if (target === undefined || isTaken || incidents.get(uid) === undefined || this.#life.signal.aborted) return;
    const stop = new AbortController();
    const capturing = engine.start({ uid, name, target, limits: { seconds: SECONDS } }, { signal: stop.signal });
    this.#follow(uid, { capturing, result: capturing.then(({ result }) => result), stop: () => stop.abort() });
  }

  async #removeOldFiles(): Promise<void> {
    const { engine, clock } = this.#parts;
    for (const { request, state } of await engine.ended()) {
      if (state.result.completionTime < clock.now() - KEEP_FILES_MS) await engine.remove(request.uid);
    }
  }

  #follow(uid: string, { capturing, result, stop }: OngoingCapture): void {
    const { node } = this.#parts.engine.settings;
    this.#captures.set(uid, stop);
    capturing.then((begun) => this.#say(uid, { phase: 'Capturing', node, message: `${begun.interface} is captured.` }), () => undefined);
    this.#do(result.then((ended) => this.#outcomeOf(ended), (error: unknown) => this.#outcomeOfError(error)).then((outcome) => {
      this.#captures.delete(uid);
      if (outcome) this.#say(uid, outcome);
      return this.#removeOldFiles();
    }));
  }

  #say(uid: string, status: IncidentStatus): void {
    this.#statuses.set(uid, status);
    this.#look(uid);
  }

  /** Until what there is to say is written, which may change meanwhile. */
  async #write(incident: Incident): Promise<void> {
    const { incidents, clock, logger } = this.#parts;
    const { uid, name } = incident;
    if (this.#writing.has(uid)) return;
    this.#writing.add(uid);
    let written: IncidentStatus | undefined;
    for (;;) {
      const status = this.#statuses.get(uid);
      if (status === undefined || status === written || this.#life.signal.aborted) break;
      try {
        await incidents.write(incident, status);
        written = status;
      } catch (error) {
        logger.warn({ incident: name, error }, 'an Incident cannot be written; will try again');
        await clock.sleep(RETRY_MS, this.#life.signal).catch(() => undefined);
      }
    }
    this.#writing.delete(uid);
  }

  #outcomeOf({ progress, reason, message, files, packets }: CaptureResult): IncidentStatus {
    const { engine } = this.#parts;
    const phase = progress === 'finished' ? 'Captured' : 'Failed';
    return { phase, node: engine.settings.node, reason, message, files: files.map((file) => engine.pathOf(file)), packets: packets.captured };
  }

  /** Of a capture that never began; one that is suspended has no outcome yet. */
  #outcomeOfError(error: unknown): IncidentStatus | undefined {
    if (error instanceof CaptureSuspendedError) return undefined;
    if (!CaptureError.is(error)) this.#parts.logger.error({ error }, 'a capture ended unexpectedly');
    return { phase: 'Failed', node: this.#parts.engine.settings.node, reason: CaptureError.is(error) ? error.code : 'Unexpected', message: String(error) };
  }

  #do(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => this.#parts.logger.error({ error }, 'an Incident is not seen to')).finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }
}
