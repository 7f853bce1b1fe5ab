import type { Clock } from '../../core/clock.ts';
import type { DiskAsk, DiskGuard, DiskReservation, DiskUsage } from '../../core/disk-guard.ts';
import type { DiskLedger, DiskMeter, LedgerEntry } from '../../core/disk-ledger.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { DiskBudgetExceededError, type FreeableDisk, FreeDiskTooLowError } from '../../core/errors/disk-errors.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { DiskWatch } from './disk-watch.ts';
import { HeldReservation } from './held-reservation.ts';
import { unwrittenBytes } from './reservation-sum.ts';

export interface LedgerDiskGuardParts {
  readonly ledger: DiskLedger;
  readonly meter: DiskMeter;
  readonly clock: Clock;
  readonly logger?: Logger;
}

export interface LedgerDiskGuardSettings {
  /** NODE_NAME, whose lock this process holds. */
  readonly node: string;
  /** MAX_TOTAL_FILESIZE in bytes. */
  readonly maxTotal: number;
  /** MIN_FREE_DISK in bytes. */
  readonly minFree: number;
}

/** A reservation that is asked for. */
interface Application {
  readonly reservation: HeldReservation;
  readonly accept: () => void;
  readonly refuse: (error: unknown) => void;
}

type Refusal = (disk: { readonly freeable: FreeableDisk; readonly df: number }) => Error;

/**
 * Lets a capture in when, with it, bytes in use + Σ(reserved − written) ≤ MAX_TOTAL_FILESIZE and free disk −
 * Σ(reserved − written) ≥ MIN_FREE_DISK, over the reservations of all who share the ledger. Errs on the refusing side:
 * written counts only what is on disk under the names that an entry lists.
 */
export class LedgerDiskGuard implements DiskGuard {
  readonly #ledger: DiskLedger;
  readonly #meter: DiskMeter;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #settings: LedgerDiskGuardSettings;
  readonly #watch: DiskWatch;
  readonly #held = new Map<string, HeldReservation>();
  readonly #applied = new Set<string>();
  /** Captures that an earlier process of this node has entered and that may be continued; undefined until the ledger was seen. */
  #awaited: Set<string> | undefined;
  /** What was given back may still be in the ledger: it could not be written. */
  #owes = false;
  #applications: Application[] = [];
  /** The settlement that is at work, or was the last. */
  #settling: Promise<void> = Promise.resolve();
  /** The one after it, which has not begun yet. */
  #nextSettlement: Promise<void> | undefined;

  constructor({ ledger, meter, clock, logger = silentLogger }: LedgerDiskGuardParts, settings: LedgerDiskGuardSettings) {
    this.#ledger = ledger;
    this.#meter = meter;
    this.#clock = clock;
    this.#logger = logger;
    this.#settings = settings;
    this.#watch = new DiskWatch(
      { meter, clock, logger },
      { minFree: settings.minFree, held: () => [...this.#held.values()], owes: () => this.#owes, onLook: () => this.#keepEntered() },
    );
  }

  async reserve(ask: DiskAsk, signal?: AbortSignal): Promise<DiskReservation> {
    signal?.throwIfAborted();
    if (!Number.isSafeInteger(ask.bytes) || ask.bytes < 0) throw new RangeError(`expected whole bytes, got ${ask.bytes}`);
    if (this.#held.has(ask.captureUid) || this.#applied.has(ask.captureUid)) {
      throw new Error(`the capture ${ask.captureUid} has a reservation already`);
    }
    this.#applied.add(ask.captureUid);
    const decided = new AbortController();
    try {
      const reservation = new HeldReservation(ask, this.#settings.node, this.#clock.now(), (held) => this.#release(held));
      await new Promise<void>((accept, refuse) => {
        const application = { reservation, accept, refuse };
        this.#applications.push(application);
        signal?.addEventListener('abort', () => this.#withdraw(application, signal.reason), { signal: decided.signal });
        // A failure reaches the application by itself.
        this.#settle().catch(() => undefined);
      });
      if (signal?.aborted) await reservation[Symbol.asyncDispose]();
      signal?.throwIfAborted();
      return reservation;
    } finally {
      decided.abort();
      this.#applied.delete(ask.captureUid);
    }
  }

  /** One that is being decided goes its way, which takes milliseconds. */
  #withdraw(application: Application, reason: unknown): void {
    if (!this.#applications.includes(application)) return;
    this.#applications = this.#applications.filter((other) => other !== application);
    application.refuse(reason);
  }

  async adopt(captureUids: Iterable<string>): Promise<void> {
    this.#awaited = new Set(captureUids);
    await this.#settle();
  }

  async giveBack(captureUid: string): Promise<void> {
    if (this.#awaited?.delete(captureUid)) await this.#settleOrOwe(captureUid);
  }

  async usage(): Promise<DiskUsage> {
    const { maxTotal, minFree } = this.#settings;
    const [entries, { used, segments }, free] = await Promise.all([
      this.#ledger.read(),
      this.#meter.occupied(),
      this.#meter.availableNow(),
    ]);
    return { used, reserved: unwrittenBytes(this.#withHeld(entries), segments), free, maxTotal, minFree };
  }

  async #release(reservation: HeldReservation): Promise<void> {
    this.#held.delete(reservation.captureUid);
    this.#watch.update();
    await this.#settleOrOwe(reservation.captureUid);
  }

  /** Takes what is not held any more out of the ledger, at once or as soon as it can be written. */
  async #settleOrOwe(captureUid: string): Promise<void> {
    try {
      await this.#settle();
    } catch (error) {
      // The capture must not fail for it.
      this.#owes = true;
      this.#watch.update();
      this.#logger.warn({ captureUid, error: errorMessage(error) }, 'a reservation could not be given back yet');
    }
  }

  /** Brings the ledger to what is held and decides what was applied for: all that has come up until it begins, in one go. */
  #settle(): Promise<void> {
    this.#nextSettlement ??= this.#settling = this.#settling
      .catch(() => undefined)
      .then(() => {
        this.#nextSettlement = undefined;
        return this.#settleOnce();
      });
    return this.#nextSettlement;
  }

  async #settleOnce(): Promise<void> {
    const waiting = this.#applications;
    let applications: readonly Application[] | undefined;
    const refusals = new Map<Application, Refusal>();
    try {
      const early = waiting.length > 0 ? this.#meter.availableNow() : undefined;
      // It runs while the lock is waited for; should that fail, nobody asks for it.
      early?.catch(() => undefined);
      await this.#ledger.update(async (entries) => {
        // Until now they could be withdrawn.
        applications = this.#takeApplications(this.#applications);
        const before = applications.length > 0 ? (early ?? this.#meter.availableNow()) : undefined;
        before?.catch(() => undefined);
        const valid = this.#withHeld(await this.#stillValid(entries));
        return before === undefined ? valid : this.#decide(applications, valid, before, refusals);
      });
    } catch (error) {
      // Who has come up since has a settlement to come.
      for (const { refuse } of applications ?? this.#takeApplications(waiting)) refuse(error);
      throw error;
    }
    this.#owes = false;
    for (const application of applications ?? []) {
      const { reservation, accept } = application;
      this.#awaited?.delete(reservation.captureUid);
      if (refusals.has(application)) continue;
      this.#held.set(reservation.captureUid, reservation);
      accept();
    }
    this.#watch.update();
    if (refusals.size > 0) void this.#refuse(refusals);
  }

  #takeApplications(some: readonly Application[]): readonly Application[] {
    const taken = some.filter((application) => this.#applications.includes(application));
    this.#applications = this.#applications.filter((application) => !taken.includes(application));
    return taken;
  }

  async #refuse(refusals: ReadonlyMap<Application, Refusal>): Promise<void> {
    const [freeable, df] = await Promise.all([this.#freeable(), this.#meter.available().catch(() => Infinity)]);
    for (const [{ refuse }, refusal] of refusals) refuse(refusal({ freeable, df }));
  }

  /** Adds what fits to the entries, in order, and the rest to the refusals. */
  async #decide(
    applications: readonly Application[],
    entries: readonly LedgerEntry[],
    before: Promise<number>,
    refusals: Map<Application, Refusal>,
  ): Promise<readonly LedgerEntry[]> {
    const { maxTotal, minFree } = this.#settings;
    const { used, segments } = await this.#meter.occupied();
    // Files grow, and rings are cut, while they are measured: the smaller of both numbers is never too high.
    const free = Math.min(await before, await this.#meter.availableNow());
    let taken = entries;
    for (const application of applications) {
      const { entry } = application.reservation;
      const others = taken.filter((other) => !isSame(other, entry));
      const reserved = unwrittenBytes(others, segments);
      const asked = unwrittenBytes([...others, entry], segments) - reserved;
      taken = others;
      if (used + reserved + asked > maxTotal) {
        refusals.set(application, ({ freeable }) => new DiskBudgetExceededError({ asked, used, reserved, maxTotal, freeable }));
      } else if (free - reserved - asked < minFree) {
        // Of what led to the refusal and what `df` says by now, the smaller: that is the number to act on.
        refusals.set(application, ({ freeable, df }) => new FreeDiskTooLowError({ asked, free: Math.min(free, df), reserved, minFree, freeable }));
      } else {
        taken = [...others, entry];
      }
    }
    return taken;
  }

  /** Without the entries of holders that died and whose captures nobody will continue. */
  async #stillValid(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    const now = this.#clock.now();
    const { node } = this.#settings;
    this.#awaited ??= new Set(entries.filter((entry) => entry.node === node).map(({ captureUid }) => captureUid));
    const valid: LedgerEntry[] = [];
    for (const entry of entries) {
      const mine = entry.node === node;
      if (mine && !this.#awaited.has(entry.captureUid)) continue;
      if (entry.expires < now && (mine || !(await this.#ledger.isNodeAlive(entry.node)))) continue;
      valid.push(entry);
    }
    return valid;
  }

  /** The ledger's entries with this process's own as they are by now. */
  #withHeld(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
    const held = [...this.#held.values()].map(({ entry }) => entry);
    return [...entries.filter((entry) => !held.some((own) => isSame(entry, own))), ...held];
  }

  /** Enters again what is missing from the ledger (it was lost, or another segment was begun), and gives back what is owed. */
  async #keepEntered(): Promise<void> {
    const entered = new Set((await this.#ledger.read()).map((entry) => JSON.stringify(entry)));
    const missing = [...this.#held.values()].some(({ entry }) => !entered.has(JSON.stringify(entry)));
    if (missing || this.#owes) await this.#settle();
  }

  async #freeable(): Promise<FreeableDisk> {
    try {
      return await this.#meter.freeable();
    } catch (error) {
      this.#logger.warn({ error: errorMessage(error) }, 'what could be freed is not known');
      return { bytes: 0, captures: 0 };
    }
  }
}

function isSame(a: LedgerEntry, b: LedgerEntry): boolean {
  return a.captureUid === b.captureUid && a.node === b.node;
}
