import type { DiskAsk, DiskGuard, DiskReservation, DiskUsage } from '../core/disk-guard.ts';
import { DiskBudgetExceededError, DiskFilledError, FreeDiskTooLowError } from '../core/errors/disk-errors.ts';
import { FakeDisk } from './fake-disk.ts';

/** The disk that a {@link FakeDiskGuard} has. */
export interface FakeDiskGuardOptions {
  /** The disk that others write to, or the size of one of its own in bytes. Default: 1 PB, of which all is free. */
  readonly disk?: FakeDisk | number;
  /** Bytes. Default: the disk. */
  readonly maxTotal?: number;
  /** Bytes. Default: 0. */
  readonly minFree?: number;
}

interface Held {
  readonly ask: DiskAsk;
  readonly exhausted: AbortController;
}

/** Guards a disk in memory. What lies on a {@link FakeDisk} that it shares it finds; of one of its own it is told. */
export class FakeDiskGuard implements DiskGuard {
  /** While set, every ask is refused with it. */
  refusal: Error | undefined;
  /** The captures that were told to be continued by the last {@link FakeDiskGuard.adopt}, as long as that holds. */
  adopted: readonly string[] = [];
  readonly #disk: FakeDisk;
  readonly #maxTotal: number;
  readonly #minFree: number;
  readonly #held = new Map<string, Held>();
  /** What a process has reserved that has died. */
  readonly #left = new Map<string, DiskAsk>();

  constructor({ disk, maxTotal, minFree = 0 }: FakeDiskGuardOptions = {}) {
    this.#disk = disk instanceof FakeDisk ? disk : new FakeDisk(disk === undefined ? {} : { size: disk });
    this.#maxTotal = maxTotal ?? this.#disk.size;
    this.#minFree = minFree;
    this.#disk.onChange(() => this.#look());
  }

  /** What is held at present, by the capture's uid; what a process has left that has died is among it. */
  get reserved(): ReadonlyMap<string, DiskAsk> {
    return new Map([...this.#left, ...[...this.#held].map(([uid, { ask }]) => [uid, ask] as const)]);
  }

  /** Who has reserved dies without giving it back: it stays reserved until the next {@link FakeDiskGuard.adopt}, and for what that is told longer. */
  crash(): void {
    for (const [uid, { ask }] of this.#held) this.#left.set(uid, ask);
    this.#held.clear();
  }

  /** Decides at once, by what is on the disk. @throws {@link FakeDiskGuard.refusal}, DiskBudgetExceededError, FreeDiskTooLowError, the signal's reason; Error when the capture has a reservation already */
  async reserve(ask: DiskAsk, signal?: AbortSignal): Promise<DiskReservation> {
    signal?.throwIfAborted();
    const reservation = await this.#reserve(ask);
    if (signal?.aborted) await reservation[Symbol.asyncDispose]();
    signal?.throwIfAborted();
    return reservation;
  }

  #reserve(ask: DiskAsk): Promise<DiskReservation> {
    const { captureUid, bytes } = ask;
    if (this.refusal) return Promise.reject(this.refusal);
    if (this.#held.has(captureUid)) return Promise.reject(new Error(`the capture ${captureUid} has a reservation already`));
    this.#left.delete(captureUid);
    const { used, reserved, free, maxTotal, minFree } = this.#usage();
    const asked = this.#unwritten(ask);
    this.adopted = this.adopted.filter((uid) => uid !== captureUid);
    if (used + reserved + asked > maxTotal) {
      return Promise.reject(new DiskBudgetExceededError({ asked, used, reserved, maxTotal }));
    }
    if (free - reserved - asked < minFree) return Promise.reject(new FreeDiskTooLowError({ asked, free, reserved, minFree }));
    const exhausted = new AbortController();
    this.#held.set(captureUid, { ask, exhausted });
    return Promise.resolve({
      bytes,
      exhausted: exhausted.signal,
      [Symbol.asyncDispose]: () => {
        if (this.#held.get(captureUid)?.exhausted === exhausted) this.#held.delete(captureUid);
        return Promise.resolve();
      },
    });
  }

  /** Can be read back from {@link FakeDiskGuard.adopted}. */
  adopt(captureUids: Iterable<string>): Promise<void> {
    this.adopted = [...captureUids];
    for (const uid of this.#left.keys()) if (!this.adopted.includes(uid)) this.#left.delete(uid);
    return Promise.resolve();
  }

  /** Takes it out of {@link FakeDiskGuard.adopted}. */
  giveBack(captureUid: string): Promise<void> {
    this.adopted = this.adopted.filter((uid) => uid !== captureUid);
    this.#left.delete(captureUid);
    return Promise.resolve();
  }

  /** What is used and reserved at present. */
  usage(): Promise<DiskUsage> {
    return Promise.resolve(this.#usage());
  }

  /** A segment's files now have that many bytes. */
  write(segmentFile: string, bytes: number): void {
    this.#disk.put(segmentFile, { bytes, packets: 0, repairedBytes: 0 });
  }

  /** Others occupy that many bytes of the disk. */
  fill(bytes: number): void {
    this.#disk.fill(bytes);
  }

  #look(): void {
    const { free, minFree } = this.#usage();
    // As the guard of a real disk: without a single byte, tcpdump loses what it captures.
    if (free >= minFree && free > 0) return;
    for (const { exhausted } of this.#held.values()) exhausted.abort(new DiskFilledError(free, minFree));
  }

  #usage(): DiskUsage {
    const reserved = [...this.reserved.values()].reduce((sum, ask) => sum + this.#unwritten(ask), 0);
    const { used, free } = this.#disk;
    return { used, reserved, free, maxTotal: this.#maxTotal, minFree: this.#minFree };
  }

  #unwritten({ bytes, files }: DiskAsk): number {
    return Math.max(0, bytes - files().reduce((sum, file) => sum + this.#disk.bytesOf(file), 0));
  }
}
