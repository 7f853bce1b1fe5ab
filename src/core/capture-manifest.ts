import type { Clock } from './clock.ts';
import type { CaptureRequest } from './capture-request.ts';
import type { CaptureGap, CaptureResult, PacketCounters } from './capture-result.ts';
import type { ClaimedTarget } from './capture-target.ts';
import type { ProcessIdentity } from './tcpdump-runner.ts';

export const MANIFEST_SCHEMA_VERSION = 1;

/**
 * What is known on disk of one capture: enough to go on with it, or to end and report it, after the agent has died.
 * It lies beside the files, and is written and fsynced before what it announces.
 */
export interface CaptureManifest {
  /** A manifest of another version is not read: it is set aside. */
  readonly schemaVersion: typeof MANIFEST_SCHEMA_VERSION;
  /** File name without extension, one of {@link CaptureRequest.fileNames} or `NODE.NAME.UNIXSECONDS`; also names the first segment's files. */
  readonly id: string;
  /** `EngineSettings.identity` of the engine that it belongs to: as a rule the node's name. */
  readonly node: string;
  /** `CaptureSource.name` of the source that the request came from; `caller` without one. */
  readonly source: string;
  /** As it was when the capture began. */
  readonly request: CaptureRequest;
  /** What its claim has named. */
  readonly target: ClaimedTarget;
  /** The files outlive the request. */
  readonly retainFiles: boolean;
  /** Every tcpdump run so far, the first one first. */
  readonly segments: readonly SegmentRecord[];
  /** Between segments; the result has those before its end as well. */
  readonly gaps: readonly CaptureGap[];
  /** Whether it goes on, or how it ended. */
  readonly state: ManifestState;
}

/** Whether a capture goes on, has ended, and has been told of. */
export type ManifestState =
  | {
      /** The capture is running, or was when the agent died. */
      readonly kind: 'open';
    }
  | {
      /** The capture has ended. */
      readonly kind: 'closed';
      /** How it ended. */
      readonly result: CaptureResult;
      /** Where the request came from, the end is known. */
      readonly reported: boolean;
      /** Its files are removed; the record alone is kept. */
      readonly filesDropped?: true;
      /** When it was closed; absent where an agent wrote it that did not record this yet. */
      readonly at?: Instant;
    };

/** What is known on disk of a capture that has ended. */
export interface ClosedManifest extends CaptureManifest {
  /** With the result. */
  readonly state: Extract<ManifestState, { readonly kind: 'closed' }>;
}

/** One tcpdump run. */
export interface SegmentRecord {
  /** Base name of `-w`, without tcpdump's ring suffix: `NODE.NAME.UNIXSECONDS.pcap`. */
  readonly file: string;
  /** Files of its ring: `-W`. */
  readonly fileCount: number;
  /** What tcpdump was told to rotate at; bytes. */
  readonly maxFileSize: number;
  /** When its tcpdump was capturing; until then, when it was about to be started. */
  readonly started: Instant;
  /** What was captured: `-i`. */
  readonly device: string;
  /** Known once tcpdump was capturing. */
  readonly process?: ProcessIdentity;
  /** Absent while it is open, and when an agent died before it could note it. */
  readonly end?: SegmentEnd;
}

/** A moment that survives a jump of the wall clock as long as the machine is not rebooted. */
export interface Instant {
  /** Wall-clock time in milliseconds since the Unix epoch. */
  readonly at: number;
  /** Milliseconds since boot. */
  readonly uptime: number;
  /** The boot that {@link Instant.uptime} counts from: `/proc/sys/kernel/random/boot_id`. */
  readonly bootId: string;
}

/** How a segment ended. */
export interface SegmentEnd {
  /** As {@link Instant.at}. */
  readonly at: number;
  /** As {@link Instant.uptime}, of the boot that the segment was started in; absent when only its files tell when it ended. */
  readonly uptime?: number;
  /** tcpdump's last words; where it said none, what its files hold. */
  readonly counters: PacketCounters;
  /** The ring has overwritten its oldest packets. */
  readonly wrapped: boolean;
  /** Why it ended: `the capture ended`, or the reason of the gap between it and the next. */
  readonly interruption: string;
}

/** Milliseconds from one moment to a later one; by uptime within the same boot, else by the wall clock. */
export function elapsedBetween(from: Instant, to: Instant): number {
  return Math.max(0, from.bootId === to.bootId ? to.uptime - from.uptime : to.at - from.at);
}

/** Milliseconds from `instant` until now. */
export function elapsedSince(instant: Instant, clock: Pick<Clock, 'now' | 'uptime' | 'bootId'>): number {
  return elapsedBetween(instant, instantOf(clock));
}

/** Milliseconds since a manifest was closed. */
export function elapsedSinceClosed({ at, result }: Extract<ManifestState, { kind: 'closed' }>, clock: Pick<Clock, 'now' | 'uptime' | 'bootId'>): number {
  return at ? elapsedSince(at, clock) : clock.now() - result.completionTime;
}

export function instantOf(clock: Pick<Clock, 'now' | 'uptime' | 'bootId'>): Instant {
  return { at: clock.now(), uptime: clock.uptime(), bootId: clock.bootId };
}

/** When a segment ended; one of which only the files tell has lasted as long as they say. */
export function endOf({ started, end }: SegmentRecord): Instant | undefined {
  return end && { at: end.at, uptime: end.uptime ?? started.uptime + end.at - started.at, bootId: started.bootId };
}

/** Whether tcpdump was capturing in that segment, be it that the agent died before it could note the process. */
export function hasCaptured({ process, end }: SegmentRecord): boolean {
  return process !== undefined || (end !== undefined && end.counters.captured > 0);
}

/** Seconds until the capture's time limit; `undefined` without one. It counts from when tcpdump first captured. */
export function secondsLeft(
  { request, segments }: Pick<CaptureManifest, 'request' | 'segments'>,
  clock: Pick<Clock, 'now' | 'uptime' | 'bootId'>,
): number | undefined {
  const { seconds } = request.limits;
  if (seconds === undefined) return undefined;
  const first = segments.find(hasCaptured);
  return first === undefined ? seconds : seconds - elapsedSince(first.started, clock) / 1000;
}
