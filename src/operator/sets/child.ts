import { createHash } from 'node:crypto';
import { API_VERSION, PACKET_CAPTURE, PACKET_CAPTURE_SET } from '../../api/v1alpha1/group.ts';
import { type PacketCaptureSetSpec, SET_UID_LABEL } from '../../api/v1alpha1/packet-capture-set.ts';
import type { PacketCapture } from '../../api/v1alpha1/packet-capture.ts';
import type { KnownPod } from './known-pod.ts';

export interface SetIdentity {
  readonly name: string;
  readonly uid: string;
}

/** File names hold the name of the capture and that of its node, and have 255 bytes. */
const MAX_PREFIX = 100;

/**
 * The one name that a set's PacketCapture of a Pod can have, so that the API server lets no second one be. With the uid of
 * the set, so that what an earlier set of that name has left is not in the way.
 */
export function childName({ name, uid }: SetIdentity, podUid: string): string {
  const hash = createHash('sha256').update(`${uid}/${podUid}`).digest('hex').slice(0, 12);
  return `${name.slice(0, MAX_PREFIX).replace(/[^a-z0-9]+$/, '')}-${hash}`;
}

/**
 * The PacketCapture of one Pod of a set. The garbage collector deletes it with the set.
 * @param seconds the time that is left
 */
export function childOf({ name, uid }: SetIdentity, spec: PacketCaptureSetSpec, pod: Pick<KnownPod, 'name' | 'uid'>, seconds: number): PacketCapture {
  return {
    apiVersion: API_VERSION,
    kind: PACKET_CAPTURE.kind,
    metadata: {
      name: childName({ name, uid }, pod.uid),
      labels: { [SET_UID_LABEL]: uid },
      // Without blockOwnerDeletion, which on some clusters takes a right on the set's finalizers.
      ownerReferences: [{ apiVersion: API_VERSION, kind: PACKET_CAPTURE_SET.kind, name, uid, controller: true }],
    },
    spec: {
      targetNamespace: spec.targetNamespace,
      targetPod: pod.name,
      targetPodUID: pod.uid,
      ...spec.template,
      captureSeconds: seconds,
      retainFiles: spec.retainFiles ?? false,
    },
  };
}
