/** What a capture asks for. All sizes are bytes. */
export interface DiskAsk {
  readonly captureUid: string;
  /** The most that the capture will ever occupy, files of earlier segments included. */
  readonly bytes: number;
  /** When the reservation lapses if its holder dies and nobody returns; milliseconds since the Unix epoch. */
  readonly expires?: number;
  /** What the capture's files occupy at present. Asked whenever the ledger is read or written. */
  readonly written: () => Promise<number>;
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
  readonly bytes: number;
  /** Aborted with a `CaptureError` within 2 s of the disk crossing MIN_FREE_DISK: the capture must end, its files stay. */
  readonly exhausted: AbortSignal;
}

/** Holds disk for a claimed request, or refuses with the numbers; watches the disk meanwhile. */
export interface DiskGuard {
  /** @throws DiskBudgetExceededError, FreeDiskTooLowError, HostmountError */
  reserve(ask: DiskAsk): Promise<DiskReservation>;
  usage(): Promise<DiskUsage>;
}
