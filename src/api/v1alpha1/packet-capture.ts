import type { API_VERSION, PACKET_CAPTURE } from './group.ts';
import type { ObjectMeta } from './object-meta.ts';
import type { PacketCaptureStatus } from './packet-capture-status.ts';

/** One capture of one Pod or of one interface of a node. */
export interface PacketCapture {
  /** Group and version of both resources. */
  readonly apiVersion: typeof API_VERSION;
  /** Always this. */
  readonly kind: (typeof PACKET_CAPTURE)['kind'];
  /** In the namespace that the agents serve; its Pod may be elsewhere. */
  readonly metadata: ObjectMeta;
  /** What is asked for. */
  readonly spec: PacketCaptureSpec;
  /** Written by agents and the operator alone. Absent: nobody has seen to it yet. */
  readonly status?: PacketCaptureStatus;
}

/**
 * What is asked for: a Pod (`targetNamespace` and `targetPod`) or an interface of a node (`targetNode` and
 * `targetInterface`). After creation only `stop`, `retainFiles` and `ttlSecondsAfterFinished` may change.
 */
export interface PacketCaptureSpec extends PacketCaptureTarget, CaptureLimitFields, CaptureLifeFields {}

/** Exactly one of: `targetNamespace` + `targetPod` [+ `targetInterface`], `targetNode` + `targetInterface`. */
export interface PacketCaptureTarget {
  /** Namespace of the Pod. */
  readonly targetNamespace?: string;
  /** Name of the Pod. The capture waits until the Pod appears. */
  readonly targetPod?: string;
  /** `metadata.uid` of the Pod: no other one of that name is captured. Default: whichever has the name. */
  readonly targetPodUID?: string;
  /** Name of the node whose interface is captured. */
  readonly targetNode?: string;
  /** A device, or `any`. Default with `targetPod`: the device of the Pod's default route. Required with `targetNode`. */
  readonly targetInterface?: string;
}

/** Where a capture ends, and how much it keeps. */
export interface CaptureLimitFields {
  /** Time limit in seconds: 1 to 604800 (7 days). Default 600. */
  readonly captureSeconds?: number | string;
  /** A pcap-filter(7) expression of at most 4096 bytes, with addresses instead of host names. Default: every packet. */
  readonly captureFilter?: string;
  /** Size of one ring file: a quantity of bytes, 1M to 10G, rounded down to whole 1,000,000 bytes. Default 100M. */
  readonly maxFileSize?: number | string;
  /** Number of files in the ring: 1 to 1000. With 1 each wrap starts empty. Default 10. */
  readonly fileCount?: number | string;
  /** Ends the capture after that many packets: 1 to 2147483647. Default: no such limit. */
  readonly maxPackets?: number | string;
  /** Bytes kept of each packet: 1 to 262144. Default 262144. */
  readonly snapLength?: number | string;
}

/** What may change after creation. */
export interface CaptureLifeFields {
  /** True ends the capture early, as finished. It cannot go back to false. Default false. */
  readonly stop?: boolean;
  /** The files outlive the resource. Default false. */
  readonly retainFiles?: boolean;
  /** Seconds from the end of the capture to the removal of the resource and its files: 0 to 2147483647. Default: never. */
  readonly ttlSecondsAfterFinished?: number | string;
}
