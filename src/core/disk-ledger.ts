import type { FreeableDisk } from './errors/disk-errors.ts';

/** What one capture has reserved, as everyone who shares the disk sees it. */
export interface LedgerEntry {
  readonly captureUid: string;
  /** `EngineSettings.identity` of the engine that holds it, as a rule its NODE_NAME. It lives as long as the lock of that name is held. */
  readonly node: string;
  /** Bytes. */
  readonly bytes: number;
  /** `SegmentRecord.file` of the capture's segments: what lies under these names is the part that is written. */
  readonly files: readonly string[];
  /** Milliseconds since the Unix epoch. After that it is dropped, unless its holder lives. */
  readonly expires: number;
}

/** The reservations of all who write to one hostmount. */
export interface DiskLedger {
  /** As it is now, or was a moment ago. What cannot be read counts as empty. */
  read(): Promise<readonly LedgerEntry[]>;
  /** Replaces it by what `change` returns, while nobody else can. When `change` throws, nothing is replaced. */
  update(change: (entries: readonly LedgerEntry[]) => Promise<readonly LedgerEntry[]>): Promise<void>;
  /** Whether a process holds the lock of that NODE_NAME. */
  isNodeAlive(node: string): Promise<boolean>;
}

/** What the files of one segment occupy, with the manifest that is named after it. */
export interface SegmentBytes {
  /** Allocated, as `du` counts. */
  readonly allocated: number;
  /** Written, as `ls -l` counts. File systems that allocate ahead have more allocated. */
  readonly size: number;
}

/** Measures the disk of the hostmount. All sizes are bytes. */
export interface DiskMeter {
  /** Everything in the hostmount, as `du` counts: allocated blocks, a file with several links once. */
  occupied(): Promise<{ readonly used: number; readonly segments: ReadonlyMap<string, SegmentBytes> }>;
  /** Available to us, as `df` counts. Costs a process. */
  available(): Promise<number>;
  /** The same number from one system call. */
  availableNow(): Promise<number>;
  /** What could be freed by removing ended captures. */
  freeable(): Promise<FreeableDisk>;
}
