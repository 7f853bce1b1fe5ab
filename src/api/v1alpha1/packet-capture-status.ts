import type { CaptureProgress } from '../../core/capture-progress.ts';
import type { Condition, OperatorConditionType, PacketCaptureConditionType } from './condition.ts';

/** Whose work a capture is: the node's resident agent's, or the operator's, who runs it as a Job. */
export type CaptureDispatcher = 'Agent' | 'Job';

/** What came of a PacketCapture so far. */
export interface PacketCaptureStatus {
  /** Absent: nobody has taken it. */
  readonly progress?: CaptureProgress;
  /** The node that has it, or that it was assigned to. */
  readonly node?: string;
  /** Why it ended, failed or was given back; CamelCase. */
  readonly reason?: string;
  /** The same in plain words, with where the files are and the command that fetches them. */
  readonly message?: string;
  /** Resident agents leave captures of the dispatcher `Job` alone. */
  readonly dispatcher?: CaptureDispatcher;
  /** `metadata.uid` of the Pod that is captured. */
  readonly podUID?: string;
  /** The device that is captured. */
  readonly interface?: string;
  /** When tcpdump was first capturing. RFC 3339, whole seconds. */
  readonly startTime?: string;
  /** When the capture had ended. RFC 3339, whole seconds. */
  readonly completionTime?: string;
  /** The newest files, at most 50, oldest first. */
  readonly files?: readonly StatusFile[];
  /** Of all files, also those that {@link PacketCaptureStatus.files} has no room for. */
  readonly filesTotal?: StatusFilesTotal;
  /** tcpdump's counters. */
  readonly packets?: StatusPackets;
  /** The ring has overwritten its oldest packets. */
  readonly wrapped?: boolean;
  /** Time of the oldest packet that the files still hold. RFC 3339 with microseconds. */
  readonly oldestPacketTime?: string;
  /** Times whose packets the files do not hold, because they were not seen or are overwritten: the newest, at most 50. */
  readonly gaps?: readonly StatusGap[];
  /** One of each type, for `kubectl wait`. */
  readonly conditions?: readonly Condition<PacketCaptureConditionType | OperatorConditionType>[];
}

/** Most entries of `status.files`. */
export const MAX_STATUS_FILES = 50;
/** Most entries of `status.gaps`. */
export const MAX_STATUS_GAPS = 50;

/** A file of a capture. */
export interface StatusFile {
  /** Name without folder. */
  readonly name: string;
  /** Size when it was looked at last, pcap headers included. Bytes. */
  readonly bytes: number;
}

/** All files of a capture together. */
export interface StatusFilesTotal {
  /** Number of files. */
  readonly count: number;
  /** Sum of their sizes. Bytes. */
  readonly bytes: number;
}

/** What tcpdump counted, over all segments. */
export interface StatusPackets {
  /** Packets that tcpdump processed and wrote. */
  readonly captured: number;
  /** Packets that matched the filter in the kernel, dropped ones included. */
  readonly received: number;
  /** Packets that the kernel dropped because tcpdump did not keep up. */
  readonly dropped: number;
}

/** A time whose packets the files do not hold. */
export interface StatusGap {
  /** RFC 3339 with microseconds. */
  readonly from: string;
  /** RFC 3339 with microseconds. */
  readonly to: string;
  /** Why, in plain words. */
  readonly reason: string;
}
