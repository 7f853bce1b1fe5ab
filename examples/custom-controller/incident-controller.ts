import { CaptureError, type CaptureEngine, CaptureSuspendedError, type CaptureResult, type ClaimStrategy, type Clock, type Logger } from 'pcapper';
import type { Incident, Incidents, IncidentStatus } from './incident.ts';

export interface IncidentControllerParts {
  readonly engine: CaptureEngine;
  readonly claim: ClaimStrategy;
  readonly incidents: Incidents;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Origin = Pick<Incident, 'uid' | 'namespace' | 'name'>;

const SECONDS = 60;
const RETRY_MS = 5_000;

/** Captures a minute of each Incident's Pod that is this node's, and writes into the Incident what came of it. */
export class IncidentController implements AsyncDisposable {
  readonly #parts: IncidentControllerParts;
  readonly #life = new AbortController();
  /** How to stop the capture of an Incident. */
  readonly #captures = new Map<string, () => void>();
  /** What became of captures that have ended, also under an earlier process, until their Incident is gone. */
  readonly #outcomes = new Map<string, IncidentStatus>();
  readonly #work = new Set<Promise<void>>();

  constructor(parts: IncidentControllerParts) {
    this.#parts = parts;
  }

  /** Goes on with what an earlier process left, then takes what is new. Resolves once all Incidents are known. */
  async start(): Promise<void> {
    const { engine, claim, incidents } = this.#parts;
    const { ongoing, ended } = await engine.recover();
    for (const { request, state } of ended) this.#outcomes.set(request.uid, this.#outcomeOf(state.result));
    for (const capture of ongoing) this.#follow(capture.request.uid, capture.result, () => void capture.stop());
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
    for (const uid of new Set([...this.#parts.incidents.uids(), ...this.#captures.keys()])) this.#look(uid);
  }

  #look(uid: string): void {
    const incident = this.#parts.incidents.get(uid);
    const outcome = this.#outcomes.get(uid);
    if (incident === undefined) {
      this.#captures.get(uid)?.();
      this.#outcomes.delete(uid);
    } else if (incident.phase === undefined || incident.phase === 'Capturing') {
      this.#do(outcome ? this.#write(incident, outcome) : this.#take(incident));
    }
  }

  async #take(incident: Incident): Promise<void> {
    const { engine, claim } = this.#parts;
    const { uid, name, namespace, pod } = incident;
    const target = await claim.claim({ uid, name, target: { kind: 'pod', namespace, name: pod } });
    if (target === undefined || this.#captures.has(uid) || this.#life.signal.aborted) return;
    const stop = new AbortController();
    const started = engine.start({ uid, name, target, limits: { seconds: SECONDS } }, { signal: stop.signal });
    this.#follow(uid, started.then((capture) => capture.result), () => stop.abort());
    const capture = await started.catch(() => undefined);
    if (capture) await this.#write(incident, { phase: 'Capturing', node: engine.settings.node, message: `${capture.interface} of ${pod} is captured.` });
  }

  #follow(uid: string, result: Promise<CaptureResult>, stop: () => void): void {
    this.#captures.set(uid, stop);
    this.#do(result.then((ended) => this.#outcomeOf(ended), (error: unknown) => this.#outcomeOfError(error)).then((outcome) => {
      this.#captures.delete(uid);
      if (outcome) this.#outcomes.set(uid, outcome);
      this.#look(uid);
    }));
  }

  /** Until it is written: by then a later status may be to be written instead. */
  async #write(incident: Origin, status: IncidentStatus): Promise<void> {
    const { incidents, clock, logger } = this.#parts;
    const isCurrent = () => !this.#life.signal.aborted && this.#outcomes.get(incident.uid) === (status.phase === 'Capturing' ? undefined : status);
    while (isCurrent()) {
      try {
        await incidents.write(incident, status);
        return;
      } catch (error) {
        logger.warn({ incident: incident.name, error }, 'an Incident cannot be written; will try again');
        await clock.sleep(RETRY_MS, this.#life.signal).catch(() => undefined);
      }
    }
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
