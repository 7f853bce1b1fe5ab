import type { TerminalProgress } from './capture-progress.ts';

/** tcpdump's own counters. */
export interface PacketCounters {
  /** Packets that tcpdump processed and wrote. */
  readonly captured: number;
  /** Packets that matched the filter in the kernel, dropped ones included. It sees those of `lo` twice, on `any` as well. */
  readonly received: number;
  /** Packets that the kernel dropped because tcpdump did not keep up. */
  readonly dropped: number;
}

export const NO_PACKETS: PacketCounters = { captured: 0, received: 0, dropped: 0 };

export function addCounters(a: PacketCounters, b: PacketCounters): PacketCounters {
  return {
    captured: a.captured + b.captured,
    received: a.received + b.received,
    dropped: a.dropped + b.dropped,
  };
}

/** A file of a capture. */
export interface CaptureFile {
  /** Name without folder. */
  readonly name: string;
  readonly bytes: number;
}

/** A time of which the files hold no packets: nothing was captured, or the ring has overwritten it and older files are kept. Milliseconds since the Unix epoch. */
export interface CaptureGap {
  readonly from: number;
  readonly to: number;
  /** Why, in plain words. */
  readonly reason: string;
}

/** Why a finished capture ended. */
export type FinishReason =
  | 'TimeLimit'
  | 'PacketLimit'
  | 'Stopped'
  /** The Pod or the interface went away; what it sent until then is in the files. */
  | 'TargetGone'
  /** It ended as asked, but part of the time is missing: see the gaps. */
  | 'Partial';

/** What is known of a capture's yield, while it runs and after. */
export interface CaptureYield {
  readonly packets: PacketCounters;
  readonly files: readonly CaptureFile[];
  /** The ring has overwritten its oldest packets. */
  readonly wrapped: boolean;
  /** Time of the oldest packet that the files still hold; milliseconds since the Unix epoch. Known after the end. */
  readonly oldestPacketTime?: number;
  readonly gaps: readonly CaptureGap[];
}

/** How a capture ended. */
export interface CaptureResult extends CaptureYield {
  readonly progress: TerminalProgress;
  /** A {@link FinishReason}, or the `code` of the error that ended it. */
  readonly reason: string;
  /** The same in a plain sentence or two, with what to do next. */
  readonly message: string;
  /** The device, once it was known. */
  readonly interface?: string;
  /** When tcpdump was first capturing; milliseconds since the Unix epoch. Absent when it never was. */
  readonly startTime?: number;
  /** When nothing was captured any more. Milliseconds since the Unix epoch. */
  readonly completionTime: number;
}
