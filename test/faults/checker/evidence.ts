/** A packet that was sent. Times in milliseconds since the Unix epoch, right before and right after it went out. */
export interface SentPacket {
  readonly number: number;
  readonly before: number;
  readonly after: number;
}

/** A status as the API server had it; read here by the names of the resource's documentation, not by the product's types. */
export interface SeenStatus {
  readonly progress?: string;
  readonly node?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly files?: readonly { readonly name: string; readonly bytes: number }[];
  readonly packets?: { readonly captured: number; readonly received: number; readonly dropped: number };
  readonly wrapped?: boolean;
  readonly oldestPacketTime?: string;
  readonly gaps?: readonly { readonly from: string; readonly to: string; readonly reason: string }[];
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
}

/** How a capture was to end, as far as the run asked. */
export type AskedEnd = 'stop' | 'time' | 'packets' | 'deletion';

/** One resource (one uid) of a run. */
export interface CaptureEvidence {
  readonly name: string;
  readonly uid: string;
  readonly asked: {
    readonly node: string;
    readonly end: AskedEnd;
    /** Somebody stopped it while it was about to end anyway. */
    readonly stopToo?: boolean;
    /** How it had ended when it was deleted, where it had. */
    readonly endedBefore?: AskedEnd;
    /** Its time limit. */
    readonly seconds: number;
    readonly maxPackets?: number;
    readonly fileBytes: number;
    readonly fileCount: number;
    readonly snapLength: number;
    readonly retainFiles: boolean;
  };
  /** Who sent what it was to capture. */
  readonly sender: number;
  readonly sent: readonly SentPacket[];
  /** Every status that was seen, in order; when, in milliseconds since the Unix epoch. */
  readonly history: readonly { readonly at: number; readonly status: SeenStatus }[];
  /** When the run knew that it was capturing. Absent: it never did. */
  readonly runningAt?: number;
  /** When the run asked for its end (stop, deletion). */
  readonly endAskedAt?: number;
  /** Files of its name once it had ended, before they could be removed. Absent: it was deleted before. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Whether the resource was deleted at last, and the names of its files that were there after that. */
  readonly afterDeletion?: readonly string[];
  readonly believable: Believable;
}

/** What the run would believe; see Truth of fault.ts. */
export interface Believable {
  readonly partial: boolean;
  readonly failures: readonly string[];
  readonly finishes: readonly string[];
  /** Milliseconds by which the agent's wall clock may have been off while it wrote times. Default: 0 only. */
  readonly clockOffsets?: readonly number[];
}

/** Something that was there once agents had ended, and the capture with them. */
export interface Leftovers {
  /** Command lines. */
  readonly processes: readonly string[];
  readonly networkNamespaces: readonly string[];
  /** Lines of /proc/locks. */
  readonly locks: readonly string[];
  /** In a hostmount, besides locks, an empty ledger, and what was to be retained. */
  readonly files: readonly string[];
  /** Of ledgers. */
  readonly reservations: readonly string[];
  /** Descriptors that a surviving agent has more than before. */
  readonly descriptors: readonly string[];
}

export interface RunEvidence {
  readonly captures: readonly CaptureEvidence[];
  /** Pids of one capture's tcpdumps that were seen at the same moment, more than one. */
  readonly doubles: readonly { readonly uid: string; readonly at: number; readonly pids: readonly number[] }[];
  /** tcpdumps that were seen to begin after their capture's end had been written. */
  readonly resurrections: readonly { readonly uid: string; readonly pid: number; readonly at: number }[];
  /** Moments at which more lay in a hostmount than MAX_TOTAL_FILESIZE, or less was free than MIN_FREE_DISK; bytes. */
  readonly overLimit: readonly { readonly at: number; readonly what: string }[];
  readonly leftovers: Leftovers;
  /** Agents that were ended by SIGTERM and did not exit with 0. */
  readonly badExits: readonly string[];
}
