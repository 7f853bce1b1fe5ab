import type { DiskMeter } from '../../core/disk-ledger.ts';
import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { DiskFilledError, ReservationExceededError } from '../../core/errors/disk-errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { HeldReservation } from './held-reservation.ts';

const INTERVAL_MS = 500;
/** Every so many looks, all files are measured as well, which costs more. */
const MEASURE_EVERY = 20;

export interface DiskWatchParts {
  readonly meter: DiskMeter;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface DiskWatchSettings {
  /** Bytes. */
  readonly minFree: number;
  /** What this process holds at the time. */
  readonly held: () => readonly HeldReservation[];
  /** Whether there is something to be put right though nothing is held. */
  readonly owes: () => boolean;
  /** Called at each look, unless the last call still is at work, for what else is to be kept right. */
  readonly onLook: () => Promise<void>;
}

/**
 * Looks at the free disk twice a second for as long as anything is held (or to be given back), and exhausts what is held when it falls below the
 * minimum. What was let in leaves the minimum free when it is written whole; so when it is crossed, others filled the disk.
 */
export class DiskWatch {
  readonly #parts: DiskWatchParts;
  readonly #settings: DiskWatchSettings;
  #running: AbortController | undefined;
  #tidying = false;
  /** What failed when it was last tried. */
  readonly #troubles = new Set<string>();

  constructor(parts: DiskWatchParts, settings: DiskWatchSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Starts or ends with what is held. */
  update(): void {
    const needed = this.#settings.held().length > 0 || this.#settings.owes();
    if (needed && this.#running === undefined) {
      this.#running = new AbortController();
      void this.#run(this.#running.signal);
    } else if (!needed) {
      this.#running?.abort();
      this.#running = undefined;
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let looks = 1; !signal.aborted; looks += 1) {
      try {
        await this.#parts.clock.sleep(INTERVAL_MS, signal, { background: true });
      } catch {
        return;
      }
      await this.#guarded('the free disk', () => this.#look());
      // Not awaited: a ledger that is locked, or a slow disk, must not keep us from looking.
      if (!this.#tidying) void this.#tidy(looks % MEASURE_EVERY === 0);
    }
  }

  async #look(): Promise<void> {
    const { minFree, held } = this.#settings;
    const free = await this.#parts.meter.availableNow();
    // Without a single byte, tcpdump loses what it captures and does not say so.
    if (free >= minFree && free > 0) return;
    for (const reservation of held()) reservation.exhaust(new DiskFilledError(free, minFree));
  }

  async #tidy(measure: boolean): Promise<void> {
    this.#tidying = true;
    await this.#guarded('the reservations', async () => {
      if (measure) await this.#measure();
      await this.#settings.onLook();
    });
    this.#tidying = false;
  }

  /** Logs the first of several failures in a row. */
  async #guarded(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#troubles.delete(what);
    } catch (error) {
      if (!this.#troubles.has(what)) this.#parts.logger.error({ error: errorMessage(error) }, `${what} cannot be watched; will try again`);
      this.#troubles.add(what);
    }
  }

  async #measure(): Promise<void> {
    const { segments } = await this.#parts.meter.occupied();
    for (const reservation of this.#settings.held()) {
      // Sizes, not blocks: file systems allocate ahead of a file that grows.
      const written = reservation.entry.files.reduce((sum, file) => sum + (segments.get(file)?.size ?? 0), 0);
      if (written > reservation.bytes) reservation.exhaust(new ReservationExceededError(written, reservation.bytes));
    }
  }
}
