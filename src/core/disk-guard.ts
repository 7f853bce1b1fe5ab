/** What a capture asks for. All sizes are bytes. */
export interface DiskAsk {
  /** Whose reservation it is: a capture has one at a time. */
  readonly captureUid: string;
  /** The most that the capture will ever occupy, files of earlier segments included. */
  readonly bytes: number;
  /**
   * When the reservation lapses if its holder dies and nobody returns; milliseconds since the Unix epoch.
   * Default: a day after it was made.
   */
  readonly expires?: number;
  /**
   * `SegmentRecord.file` of every segment so far. Asked again and again: by these names everyone who shares the disk
   * sees how much of the reservation is written.
   */
  readonly files: () => readonly string[];
}

/** The disk of the hostmount as the guard sees it. All sizes are bytes. */
export interface DiskUsage {
  /** Occupied by everything in the hostmount, as `du` counts. */
  readonly used: number;
  /** Reserved but not yet written: Σ(reserved − written). */
  readonly reserved: number;
  /** Available to us, as `df` counts. */
  readonly free: number;
  /** MAX_TOTAL_FILESIZE. */
  readonly maxTotal: number;
  /** MIN_FREE_DISK. */
  readonly minFree: number;
}

/** Disk that is held for one capture. Disposing it gives back what was not written. */
export interface DiskReservation extends AsyncDisposable {
  /** As asked for: what was written since counts as part of it. Bytes. */
  readonly bytes: number;
  /** Aborted with a `CaptureError` within 2 s of the disk crossing MIN_FREE_DISK: the capture must end, its files stay. */
  readonly exhausted: AbortSignal;
}

/** Holds disk for a claimed request, or refuses with the numbers; watches the disk meanwhile. */
export interface DiskGuard {
  /**
   * What lies on disk already of the capture's files counts as written. An earlier reservation of the same capture,
   * made by a process of this node that has died, is replaced.
   * @param signal aborting it gives the ask up: nothing is held for it then, and the same capture may ask again. A
   * reservation that was made is not touched by it.
   * @throws DiskBudgetExceededError, FreeDiskTooLowError, HostmountError; the signal's reason when it is aborted
   */
  reserve(ask: DiskAsk, signal?: AbortSignal): Promise<DiskReservation>;
  /**
   * Gives back what an earlier process of this node reserved, except for these captures, which are to be continued.
   * Called at the start, before anything is reserved.
   */
  adopt(captureUids: Iterable<string>): Promise<void>;
  /**
   * Gives back what an earlier process of this node reserved for a capture that was to be continued and is not, after all.
   * Nothing where nothing is reserved. Never rejects: what cannot be given back now is given back later.
   */
  giveBack(captureUid: string): Promise<void>;
  /** What is used and reserved at present. */
  usage(): Promise<DiskUsage>;
}
