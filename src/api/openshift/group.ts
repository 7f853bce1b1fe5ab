import type { ResourceNames } from '../v1alpha1/group.ts';

/** The API group of the OpenShift packet-capture-operator, whose manifests are taken as they are. */
export const OPENSHIFT_GROUP = 'monitoring.openshift.tpg';

/** `apiVersion` of its resource. */
export const OPENSHIFT_API_VERSION = `${OPENSHIFT_GROUP}/v1alpha1`;

/** It has the kind and the plural of our own resource; the short name is ours alone. */
export const DEPLOYMENT_CAPTURE = {
  kind: 'PacketCapture',
  listKind: 'PacketCaptureList',
  plural: 'packetcaptures',
  singular: 'packetcapture',
  shortNames: ['pktcapdep'],
  categories: ['pcapper'],
} as const satisfies ResourceNames;
