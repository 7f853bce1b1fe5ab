import type { ObservedRequest } from '../../core/capture-source.ts';
import type { PacketCaptureStatus } from '../../api/v1alpha1/packet-capture-status.ts';
import { dispatcherOf, observePacketCapture } from '../../api/v1alpha1/observe-packet-capture.ts';
import { API_VERSION, PACKET_CAPTURE } from '../../api/v1alpha1/group.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

/** What is kept of a PacketCapture: what is asked, what was last written, and the version that a write is based on. */
export interface PacketCaptureRecord {
  /** The request, and its progress as the resource has it. */
  readonly observed: ObservedRequest;
  /** `metadata.resourceVersion` that all of this is of. */
  readonly resourceVersion: string;
  /** The whole of `status`: a writer has to send all that it owns. `{}` where there is none. */
  readonly status: PacketCaptureStatus;
}

/** What is known of PacketCaptures, shared by the source that watches them and the sink that writes them. */
export interface PacketCaptureRecords {
  /** The newest that is known; `undefined`: not known here. */
  record(uid: string): PacketCaptureRecord | undefined;
  /** Takes over what the API server has just answered, ahead of the watch. */
  adopt(object: KubernetesObject): void;
  /**
   * Keeps what is known of a capture, until disposed, while a write moves it between "nobody's" and "this node's": that
   * it left one of them may be told before the answer to the write, and before the news that it came to the other.
   */
  hold(uid: string): Disposable;
}

/** `undefined` for a capture that runs as a Job: the operator reports it, and agents leave it alone. */
export function recordOf(object: KubernetesObject): PacketCaptureRecord | undefined {
  const observed = dispatcherOf(object) === 'Job' ? undefined : observePacketCapture(object);
  return observed && { observed, resourceVersion: object.metadata.resourceVersion, status: statusIn(object) };
}

export function statusIn(object: KubernetesObject): PacketCaptureStatus {
  return (object.status ?? {});
}

/** Path of the PacketCaptures of a namespace. */
export function packetCapturesPath(namespace: string): string {
  return `/apis/${API_VERSION}/namespaces/${namespace}/${PACKET_CAPTURE.plural}`;
}
