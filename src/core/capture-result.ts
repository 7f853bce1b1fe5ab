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
  /** Size in bytes, as `ls -l` counts. */
  readonly bytes: number;
}

/** A time of which the files hold no packets: nothing was captured, or the ring has overwritten it and older files are kept. Milliseconds since the Unix epoch. */
export interface CaptureGap {
  /** First moment that is missing; milliseconds since the Unix epoch. */
  readonly from: number;
  /** When packets are captured again; milliseconds since the Unix epoch. */
  readonly to: number;
  /** Why, in plain words. */
  readonly reason: string;
}

/** Why a finished capture ended. */
export type FinishReason =
  /** `CaptureLimits.seconds` have passed. */
  | 'TimeLimit'
  /** `CaptureLimits.maxPackets` were captured. */
  | 'PacketLimit'
  /** Somebody stopped it: a caller, `stop` of its request, the deletion of that, or the end of the engine. */
  | 'Stopped'
  /** The Pod or the interface went away; what it sent until then is in the files. */
  | 'TargetGone'
  /** It ended as asked, but part of the time is missing: see the gaps. */
  | 'Partial';

/** What ended a finished capture. */
export type EndedBy = Exclude<FinishReason, 'Partial'>;

/** Each of them, for whoever reads one. */
export const ENDED_BY = ['TimeLimit', 'PacketLimit', 'Stopped', 'TargetGone'] as const satisfies readonly EndedBy[];

/** Each reason, for whoever reads one. */
export const FINISH_REASONS = [...ENDED_BY, 'Partial'] as const satisfies readonly FinishReason[];

/** What is known of a capture's yield, while it runs and after. */
export interface CaptureYield {
  /** Of all segments together. */
  readonly packets: PacketCounters;
  /** Files that are there, the least recently written first. */
  readonly files: readonly CaptureFile[];
  /** The ring has overwritten its oldest packets. */
  readonly wrapped: boolean;
  /** Time of the oldest packet that the files still hold; milliseconds since the Unix epoch. Known after the end. */
  readonly oldestPacketTime?: number;
  /** Times that are missing, the earliest first. Empty: none is. */
  readonly gaps: readonly CaptureGap[];
}

interface CaptureEnd extends CaptureYield {
  /** The reason in a plain sentence or two, with what came of it and, after a failure, what to do next. */
  readonly message: string;
  /** The device, once it was known. */
  readonly interface?: string;
  /** When tcpdump was first capturing; milliseconds since the Unix epoch. Absent when it never was. */
  readonly startTime?: number;
  /** When nothing was captured any more. Milliseconds since the Unix epoch. */
  readonly completionTime: number;
}

/** A capture that ended as asked, or with its target; its files are whole. */
export interface FinishedResult extends CaptureEnd {
  /** Tells it from a {@link FailedResult}. */
  readonly progress: 'finished';
  /** Why it ended. */
  readonly reason: FinishReason;
  /** What ended it, also where the reason is `Partial`. Absent in the record of a version that did not say it yet. */
  readonly endedBy?: EndedBy;
}

/** A capture that an error ended, or that never began. What was captured until then is listed all the same. */
export interface FailedResult extends CaptureEnd {
  /** Tells it from a {@link FinishedResult}. */
  readonly progress: 'failure';
  /** `code` of the error that ended it. */
  readonly reason: string;
}

/** How a capture ended: `progress` says which of the two it is. */
export type CaptureResult = FinishedResult | FailedResult;

/** What a result comes down to. */
export type EndState = Pick<FinishedResult, 'progress' | 'reason' | 'endedBy'> | Pick<FailedResult, 'progress' | 'reason'>;

export function endStateOf(result: CaptureResult): EndState {
  if (result.progress === 'failure') return { progress: result.progress, reason: result.reason };
  const { progress, reason, endedBy } = result;
  return { progress, reason, ...(endedBy !== undefined && { endedBy }) };
}
