import type { DiskAsk, DiskGuard, DiskReservation, DiskUsage } from '../core/disk-guard.ts';
import { DiskBudgetExceededError, DiskFilledError, FreeDiskTooLowError } from '../core/errors/disk-errors.ts';

/** The disk that a {@link FakeDiskGuard} has. */
export interface FakeDiskGuardOptions {
  /** Size of the disk in bytes. Default: 1 PB, of which all is free. */
  readonly disk?: number;
  /** Bytes. Default: the disk. */
  readonly maxTotal?: number;
  /** Bytes. Default: 0. */
  readonly minFree?: number;
}

interface Held {
  readonly ask: DiskAsk;
  readonly exhausted: AbortController;
}

/** A disk in memory: what captures and others write to it is told by calls. */
export class FakeDiskGuard implements DiskGuard {
  /** While set, every ask is refused with it. */
  refusal: Error | undefined;
  /** The captures that were told to be continued by the last {@link FakeDiskGuard.adopt}, as long as that holds. */
  adopted: readonly string[] = [];
  readonly #disk: number;
  readonly #maxTotal: number;
  readonly #minFree: number;
  readonly #held = new Map<string, Held>();
  readonly #files = new Map<string, number>();
  #others = 0;

  constructor({ disk = 1e15, maxTotal = disk, minFree = 0 }: FakeDiskGuardOptions = {}) {
    this.#disk = disk;
    this.#maxTotal = maxTotal;
    this.#minFree = minFree;
  }

  /** What is held at present, by the capture's uid. */
  get reserved(): ReadonlyMap<string, DiskAsk> {
    return new Map([...this.#held].map(([uid, { ask }]) => [uid, ask]));
  }

  reserve(ask: DiskAsk): Promise<DiskReservation> {
    const { captureUid, bytes } = ask;
    if (this.refusal) return Promise.reject(this.refusal);
    if (this.#held.has(captureUid)) return Promise.reject(new Error(`the capture ${captureUid} has a reservation already`));
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

  adopt(captureUids: Iterable<string>): Promise<void> {
    this.adopted = [...captureUids];
    return Promise.resolve();
  }

  giveBack(captureUid: string): Promise<void> {
    this.adopted = this.adopted.filter((uid) => uid !== captureUid);
    return Promise.resolve();
  }

  /** What is used and reserved at present. */
  usage(): Promise<DiskUsage> {
    return Promise.resolve(this.#usage());
  }

  /** A segment's files now have that many bytes. */
  write(segmentFile: string, bytes: number): void {
    this.#files.set(segmentFile, bytes);
    this.#look();
  }

  /** Others occupy that many bytes of the disk. */
  fill(bytes: number): void {
    this.#others = bytes;
    this.#look();
  }

  #look(): void {
    const { free, minFree } = this.#usage();
    if (free >= minFree) return;
    for (const { exhausted } of this.#held.values()) exhausted.abort(new DiskFilledError(free, minFree));
  }

  #usage(): DiskUsage {
    const used = [...this.#files.values()].reduce((sum, bytes) => sum + bytes, 0);
    const reserved = [...this.#held.values()].reduce((sum, { ask }) => sum + this.#unwritten(ask), 0);
    const free = Math.max(0, this.#disk - used - this.#others);
    return { used, reserved, free, maxTotal: this.#maxTotal, minFree: this.#minFree };
  }

  #unwritten({ bytes, files }: DiskAsk): number {
    return Math.max(0, bytes - files().reduce((sum, file) => sum + (this.#files.get(file) ?? 0), 0));
  }
}
