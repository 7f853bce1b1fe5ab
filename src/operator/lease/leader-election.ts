import { ApiStatusError, type KubernetesClient } from '../../adapters/kubernetes/index.ts';
import { Backoff } from '../../adapters/kubernetes/backoff.ts';
import { microTime } from '../../api/v1alpha1/time.ts';
import type { Clock } from '../../core/clock.ts';
import { errorMessage, quote } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { LeaderTerm } from './leader-term.ts';
import type { Lease, LeaseSpec } from './lease.ts';
import { LeaseApi } from './lease-api.ts';
import { LeaseLostError } from './lease-lost-error.ts';
import { checkLeaseTimes, DEFAULT_LEASE_TIMES, type LeaseTimes } from './lease-times.ts';
import { LeaseView } from './lease-view.ts';

/** What a {@link LeaderElection} is made of. */
export interface LeaderElectionOptions {
  /** One for the election alone: a renewal must not wait behind other calls. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told who leads, and what hinders a renewal. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the Lease. */
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Of this process alone: of two with the same identity, both would lead. Fit: `POD_UUID`. */
  readonly identity: string;
  /** Default: {@link DEFAULT_LEASE_TIMES}. */
  readonly times?: LeaseTimes;
}

/**
 * Lets one of several processes lead at a time, by a Lease (`coordination.k8s.io/v1`) as client-go has it. A leader gives
 * up before another can take over, whatever the wall clocks say; whoever hangs for longer without noticing, as a stopped
 * process, learns of it when it goes on. So what a leader writes should be harmless twice.
 */
export class LeaderElection {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #api: LeaseApi;
  readonly #lease: string;
  readonly #identity: string;
  readonly #times: LeaseTimes;
  readonly #view: LeaseView;
  readonly #backoff: Backoff;
  #term: LeaderTerm | undefined;
  #nap = new AbortController();

  /** @throws SettingInvalidError */
  constructor(options: LeaderElectionOptions) {
    this.#clock = options.clock;
    this.#logger = options.logger ?? silentLogger;
    this.#api = new LeaseApi(options.client, options.namespace, options.name);
    this.#lease = `${options.namespace}/${options.name}`;
    this.#identity = options.identity;
    this.#times = checkLeaseTimes(options.times ?? DEFAULT_LEASE_TIMES);
    this.#view = new LeaseView(options.clock, this.#times.duration);
    this.#backoff = new Backoff(options.clock, { longest: this.#times.renewInterval });
  }

  /** Who leads, if anybody, is known. */
  get isInformed(): boolean {
    return this.#view.isKnown;
  }

  /** Whether this one leads at present. */
  get isLeading(): boolean {
    return this.#term !== undefined && !this.#term.signal.aborted;
  }

  /**
   * Applies for the Lease until the signal is aborted. Each time that it is won, `lead` is called; its signal is aborted
   * at once when the Lease is lost, with a `LeaseLostError`, or when this process is to end. `lead` must then stop to
   * write, and settle: before that it is not called again, and the Lease is not released.
   * Resolves once the Lease is released after the signal was aborted, or after `lead` has ended by itself.
   * @throws what `lead` throws by itself.
   */
  async run(lead: (term: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const stop = (): void => {
      this.#term?.end(signal.reason);
      this.#wake();
    };
    signal.addEventListener('abort', stop, { once: true });
    this.#api.watch(
      (...news) => {
        if (this.#view.hear(...news)) this.#react();
      },
      { clock: this.#clock, logger: this.#logger },
      over.signal,
    );
    try {
      for (;;) {
        const takenAt = await this.#take(signal);
        if (takenAt === undefined || !(await this.#hold(lead, takenAt, signal))) return;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      await this.#release();
      over.abort();
    }
  }

  /** @returns `Clock.uptime` at which the call that won the Lease was sent; `undefined` when aborted. */
  async #take(signal: AbortSignal): Promise<number | undefined> {
    let isTold = false;
    while (!signal.aborted) {
      if (this.#view.isKnown) {
        const wait = this.#view.waitOf(this.#identity);
        if (wait > 0) {
          if (!isTold) this.#logger.info({ lease: this.#lease, holder: this.#view.holder }, 'another leads');
          isTold = true;
          await this.#sleep(wait);
          continue;
        }
        const sentAt = this.#clock.uptime();
        const { lease } = this.#view;
        if ((await this.#write(this.#claim())) && this.#isMine()) {
          this.#backoff.reset();
          return stopped(signal) ? undefined : sentAt;
        }
        if (this.#view.lease !== lease) continue;
      } else if (await this.#look()) {
        continue;
      }
      if (!stopped(signal)) await this.#sleepAfterFailure();
    }
    return undefined;
  }

  /** @returns whether to apply again. */
  async #hold(lead: (term: AbortSignal) => Promise<void>, takenAt: number, signal: AbortSignal): Promise<boolean> {
    const { renewDeadline, renewInterval } = this.#times;
    const term = new LeaderTerm(this.#clock, renewDeadline, () => new LeaseLostError(this.#lease, `could not be renewed for ${renewDeadline / 1000} s`));
    this.#term = term;
    term.renewed(takenAt);
    this.#logger.info({ lease: this.#lease, identity: this.#identity }, 'this process leads');

    let isDone = false;
    const done = (): void => {
      isDone = true;
      this.#wake();
    };
    const work = (async () => lead(term.signal))();
    work.then(done, done);

    // Also after the term is over, until the work has ended: as long as it is renewed, nobody else can begin.
    for (let nextTry = takenAt + renewInterval; !isDone; ) {
      const wait = this.#isMine() ? nextTry - this.#clock.uptime() : renewInterval;
      if (wait > 0) {
        await this.#sleep(wait);
        continue;
      }
      const sentAt = this.#clock.uptime();
      const { lease } = this.#view;
      if (await this.#write(this.#renewal())) {
        term.renewed(sentAt);
        nextTry = sentAt + renewInterval;
      } else if (this.#view.lease === lease) {
        nextTry = this.#clock.uptime() + renewInterval / 5;
      }
    }

    this.#term = undefined;
    const isOver = term.signal.aborted;
    term.end(new Error('the work has ended'));
    try {
      await work;
    } catch (error) {
      if (!isOver) throw error;
      if (error !== term.signal.reason) this.#logger.warn({ error: errorMessage(error) }, 'the work of the leader ended badly');
    }
    if (isOver && !signal.aborted) this.#logger.warn({ lease: this.#lease, error: errorMessage(term.signal.reason) }, 'this process leads no more');
    return isOver;
  }

  /** Gives the Lease back, if it is held, so that another takes it at once. */
  async #release(): Promise<void> {
    // As client-go does.
    const free = { ...this.#renewal(), holderIdentity: '', leaseDurationSeconds: 1 };
    if (this.#isMine() && (await this.#write(free))) this.#logger.info({ lease: this.#lease }, 'the Lease is released');
  }

  #isMine(): boolean {
    return this.#view.holder === this.#identity;
  }

  #claim(): LeaseSpec {
    const { holderIdentity, leaseTransitions = 0 } = this.#view.lease?.spec ?? {};
    const changesHands = this.#view.lease !== undefined && holderIdentity !== this.#identity;
    const renewal = this.#renewal();
    return { ...renewal, acquireTime: renewal.renewTime, leaseTransitions: changesHands ? leaseTransitions + 1 : leaseTransitions };
  }

  #renewal() {
    return {
      holderIdentity: this.#identity,
      leaseDurationSeconds: this.#times.duration / 1000,
      renewTime: microTime(this.#clock.now()),
    };
  }

  /** @returns whether the Lease now says so: false also when it is no longer as it was last seen. */
  async #write(spec: LeaseSpec): Promise<boolean> {
    const { lease } = this.#view;
    try {
      const written = await this.#call((signal) =>
        lease ? this.#api.replace(spec, lease.metadata.resourceVersion, { signal }) : this.#api.create(spec, { signal }),
      );
      this.#view.hear(written.metadata.uid, written, written.metadata.resourceVersion);
      return true;
    } catch (error) {
      const hasMoved = ApiStatusError.is(error) && (error.statusCode === 409 || error.statusCode === 404);
      if (hasMoved) this.#logger.debug({ lease: this.#lease, error: errorMessage(error) }, 'the Lease has changed');
      else this.#logger.warn({ lease: this.#lease, error: errorMessage(error) }, 'the Lease cannot be written');
      if (hasMoved) await this.#look();
      return false;
    }
  }

  /** Asks the API server. @returns whether it answered. */
  async #look(): Promise<boolean> {
    const before = this.#view.lease;
    let lease: Lease | undefined;
    try {
      lease = await this.#call((signal) => this.#api.get({ signal }));
    } catch (error) {
      if (!this.#api.saysNone(error)) {
        this.#logger.warn({ lease: this.#lease, error: errorMessage(error) }, 'the Lease cannot be read');
        return false;
      }
    }
    // What the watch has told meanwhile may be newer.
    if (this.#view.lease === before) {
      this.#view.read(lease);
      this.#react();
    }
    return true;
  }

  /** A call that hangs must not use up the time that is left for others. */
  async #call<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { renewInterval } = this.#times;
    const limit = new AbortController();
    const timer = new AbortController();
    this.#clock.sleep(renewInterval, timer.signal).then(
      () => limit.abort(new Error(`no answer within ${renewInterval / 1000} s`)),
      () => undefined,
    );
    try {
      return await work(limit.signal);
    } finally {
      timer.abort();
    }
  }

  /** To what was seen just now. */
  #react(): void {
    if (!this.#isMine()) {
      const how = this.#view.lease === undefined ? 'was deleted' : `was taken by ${quote(this.#view.holder)}`;
      this.#term?.end(new LeaseLostError(this.#lease, how));
    }
    this.#wake();
  }

  async #sleep(ms: number): Promise<void> {
    this.#nap = new AbortController();
    await this.#clock.sleep(ms, this.#nap.signal).catch(() => undefined);
  }

  async #sleepAfterFailure(): Promise<void> {
    this.#nap = new AbortController();
    await this.#backoff.wait(this.#nap.signal).catch(() => undefined);
  }

  #wake(): void {
    this.#nap.abort();
  }
}

/** It may have been aborted since it was last asked. */
function stopped(signal: AbortSignal): boolean {
  return signal.aborted;
}
