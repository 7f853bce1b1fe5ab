import type { CaptureRequest } from '../core/capture-request.ts';
import type { CaptureSource, ObservedRequest, RequestIdentity } from '../core/capture-source.ts';
import { ClaimLostError } from '../core/errors/agent-errors.ts';
import type { ProgressReport, ProgressSink } from '../core/progress-sink.ts';
import { unlessAborted } from '../core/unless-aborted.ts';

/**
 * Requests in memory: a source, and at the same time the sink that records progress in them, as the status of a
 * PacketCapture does. What it is told can be read back from {@link FakeCaptureSource.reports}.
 */
export class FakeCaptureSource implements CaptureSource, ProgressSink {
  /** Names it in reports; it takes those of this name alone. */
  readonly name: string;
  /** Every report that was accepted, in order. */
  readonly reports: ProgressReport[] = [];
  /** While set, it knows nothing of requests that another node has, as a source that watches this node's only. */
  node: string | undefined;
  /** False: progress is not recorded in the requests, as in annotations. */
  keepsRecord = true;
  /** How far apart it must be found gone twice; 0: once is proof. Milliseconds. Default: what the agent has set. */
  goneGrace?: number;
  /** False: it answers nothing, as an API server that is away; reports are rejected, and nothing is surely gone. */
  #reachable = true;
  readonly #requests = new Map<string, ObservedRequest>();
  readonly #withheld = new Set<string>();
  readonly #waiting = new Set<() => void>();
  readonly #refusals: Error[] = [];
  #changed: (uid: string) => void = () => undefined;
  #synced: PromiseWithResolvers<undefined> = Promise.withResolvers();

  constructor(name = 'Fake') {
    this.name = name;
    this.#synced.resolve(undefined);
  }

  /** Makes or changes a request. */
  set(request: CaptureRequest, changes: Partial<Omit<ObservedRequest, 'uid' | 'name'>> = {}): void {
    const { uid, name } = request;
    const known = this.#requests.get(uid);
    const fresh: ObservedRequest = { uid, name, demand: { valid: true, request }, recorded: {}, stop: false, retainFiles: false };
    this.#requests.set(uid, { ...(known ?? fresh), ...changes });
    this.#withheld.delete(uid);
    this.#tell(uid);
  }

  /** Changes a request that is there. */
  update(uid: string, changes: Partial<Omit<ObservedRequest, 'uid' | 'name'>>): void {
    const known = this.#requests.get(uid);
    if (!known) throw new Error(`no request ${uid}`);
    this.#requests.set(uid, { ...known, ...changes });
    this.#tell(uid);
  }

  /** Deletes a request: from now on it is gone. */
  delete(uid: string): void {
    this.#requests.delete(uid);
    this.#tell(uid);
  }

  /** Lists a request no more that is not gone, until it is {@link FakeCaptureSource.set} again. */
  withhold(uid: string): void {
    this.#withheld.add(uid);
    this.#tell(uid);
  }

  /** The next reports are rejected, as many as there are errors. */
  refuseReports(...errors: readonly Error[]): void {
    this.#refusals.push(...errors);
  }

  /** Whether it answers: false is an API server that is away. Default: true. */
  set reachable(reachable: boolean) {
    if (reachable && !this.#reachable) this.#synced.resolve(undefined);
    if (!reachable) this.#synced = Promise.withResolvers();
    this.#reachable = reachable;
  }

  /** Resolves with the first report (old or new) that fits. */
  async reported<T extends ProgressReport>(fits: (report: ProgressReport) => report is T): Promise<T>;
  /** Resolves with the first report (old or new) that fits. Waits for ever where none comes. */
  async reported(fits: (report: ProgressReport) => boolean): Promise<ProgressReport>;
  async reported(fits: (report: ProgressReport) => boolean): Promise<ProgressReport> {
    for (;;) {
      const found = this.reports.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves at once where it is reachable, else when it becomes so. @throws the signal's reason when it is aborted */
  async start(changed: (uid: string) => void, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#changed = changed;
    signal.addEventListener('abort', () => {
      // Another agent may have started it since.
      if (this.#changed === changed) this.#changed = () => undefined;
    }, { once: true });
    await unlessAborted(this.#synced.promise, signal);
  }

  /** Those that {@link FakeCaptureSource.get} answers. */
  uids(): Iterable<string> {
    return [...this.#requests.keys()].filter((uid) => this.get(uid) !== undefined);
  }

  /** By what was set last; `undefined` of one that is withheld, another node's, or while it is not reachable. */
  get(uid: string): ObservedRequest | undefined {
    const known = this.#reachable && !this.#withheld.has(uid) ? this.#requests.get(uid) : undefined;
    const holder = known?.recorded.node;
    return this.node === undefined || holder === undefined || holder === this.node ? known : undefined;
  }

  /** As {@link FakeCaptureSource.get}, but also of what is withheld or another node's. */
  look({ uid }: RequestIdentity): Promise<ObservedRequest | undefined> {
    return Promise.resolve(this.#reachable ? this.#requests.get(uid) : undefined);
  }

  /** True once it was deleted, where it is reachable. */
  isGone({ uid }: RequestIdentity): Promise<boolean> {
    return Promise.resolve(this.#reachable && !this.#requests.has(uid));
  }

  /** Records progress in the request, unless {@link FakeCaptureSource.keepsRecord} is false. @throws what {@link FakeCaptureSource.refuseReports} has, Error where it is not reachable, ClaimLostError of a request that is gone or another node's */
  report(report: ProgressReport): Promise<void> {
    if (report.source !== this.name) return Promise.resolve();
    if (!this.keepsRecord || report.progress === 'removed') return this.#accept(report);
    if (!this.#reachable) return Promise.reject(new Error('not reachable'));
    const refusal = this.#refusals.shift();
    if (refusal) return Promise.reject(refusal);
    const known = this.#requests.get(report.uid);
    const holder = known?.recorded.node;
    if (!known || (holder !== undefined && holder !== report.node)) {
      return Promise.reject(new ClaimLostError(report.name, holder && `node ${holder}`));
    }
    const recorded = report.progress === 'released' ? {} : { progress: report.progress, node: report.node };
    this.#requests.set(report.uid, { ...known, recorded });
    this.#tell(report.uid);
    return this.#accept(report);
  }

  #accept(report: ProgressReport): Promise<void> {
    this.reports.push(report);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    return Promise.resolve();
  }

  #tell(uid: string): void {
    if (this.#reachable) this.#changed(uid);
  }
}
