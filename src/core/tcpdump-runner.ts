import type { PacketCounters } from './capture-result.ts';
import type { LinkType, ResolvedInterface } from './interface-resolver.ts';

/** Starts tcpdump on a resolved interface, and knows the tcpdumps that earlier agents left behind. */
export interface TcpdumpRunner {
  /**
   * Compiles a filter for a link type, without any privilege.
   * @param signal aborting it gives the filter up: nothing is left running.
   * @throws FilterTooLongError, FilterHostNameError, FilterInvalidError, FilterTooSlowError, FilterTooComplexError; the
   * signal's reason when it is aborted
   */
  compileFilter(filter: string, linkType: LinkType, signal?: AbortSignal): Promise<void>;
  /**
   * Resolves when tcpdump is really capturing: a packet sent after that is in the file.
   * @param signal aborting it gives the start up: neither process nor file is left. Once the start has resolved it has no effect.
   * @throws any `CaptureError` when it does not start; the signal's reason when it is aborted
   */
  start(spec: RunSpec, signal?: AbortSignal): Promise<TcpdumpRun>;
  /** The processes on this machine that run (or guard) a tcpdump for this capture, whoever started them. */
  findProcesses(captureUid: string): Promise<readonly ProcessIdentity[]>;
  /** Ends such a process cleanly, escalating when it does not obey, and resolves when it is gone. */
  endProcess(process: ProcessIdentity): Promise<void>;
}

/** What one tcpdump is to do. */
export interface RunSpec {
  /** Tags the process, so that {@link TcpdumpRunner.findProcesses} knows it after the agent has died. */
  readonly captureUid: string;
  /** Where it captures; held by the caller until the run has ended. */
  readonly interface: ResolvedInterface;
  /** A pcap-filter(7) expression. Absent: every packet. */
  readonly filter?: string;
  /** Absolute path of `-w`; tcpdump appends the ring's suffix when `fileCount` is 2 or more. */
  readonly path: string;
  /** `-C`: the size at which the next file begins, in bytes; a whole multiple of 1,000,000. */
  readonly maxFileSize: number;
  /** `-W`: files of the ring. With 1 the only file starts empty at each wrap. */
  readonly fileCount: number;
  /** `-s`: bytes kept of each packet. */
  readonly snapLength: number;
  /** `-c`: ends it after that many. Absent: no such limit. */
  readonly maxPackets?: number;
  /** Seconds until the time limit; a backstop ends tcpdump a little later even if this process is dead. Absent: none. */
  readonly secondsLeft?: number;
  /** Whether the device is put into promiscuous mode. */
  readonly promiscuous: boolean;
}

/** A tcpdump that is capturing. Disposing it stops it, and waits for its end. */
export interface TcpdumpRun extends AsyncDisposable {
  /** tcpdump itself, not what guards it. */
  readonly process: ProcessIdentity;
  /** Asks tcpdump for its counters. Resolves with the last known ones when it has ended. */
  counters(): Promise<PacketCounters>;
  /** Ends it so that no packet sent before this call is lost. Idempotent; same promise as {@link TcpdumpRun.ended}. */
  stop(): Promise<RunEnd>;
  /** Resolves when tcpdump has ended, for whatever cause; never rejects. */
  readonly ended: Promise<RunEnd>;
}

/** How a tcpdump ended. */
export interface RunEnd {
  /** What ended it, as far as its exit and its words tell. */
  readonly cause: RunEndCause;
  /** Counters of its last words; `undefined` when it was killed and said none. */
  readonly counters: PacketCounters | undefined;
  /** What it said on stderr, for the log and for errors; at most 4 KiB of its end. */
  readonly stderr: string;
}

/** Why tcpdump ended. */
export type RunEndCause =
  /** {@link TcpdumpRun.stop} was called. */
  | 'stopped'
  /** It reached `maxPackets`. */
  | 'packet-limit'
  /** The backstop ended it. */
  | 'time-limit'
  /** The device disappeared. */
  | 'interface-gone'
  /** It was ended by a signal that is not ours. */
  | 'killed'
  /** It gave up by itself. */
  | 'failed';

/** A process, so that it cannot be mistaken for a later one of the same pid. */
export interface ProcessIdentity {
  /** In the PID namespace of this process. */
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot (proc(5)). */
  readonly startTime: string;
  /** The boot that {@link ProcessIdentity.startTime} counts from. */
  readonly bootId: string;
}
