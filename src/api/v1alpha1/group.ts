/** The API group. A real API server refuses a group without a dot. */
export const GROUP = 'pcapper.io';
export const VERSION = 'v1alpha1';
/** `apiVersion` of both resources. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** How the API server names a resource. */
export interface ResourceNames {
  /** In CamelCase, singular: `PacketCapture`. */
  readonly kind: string;
  /** `kind` of a list of them. */
  readonly listKind: string;
  /** The name in URLs. */
  readonly plural: string;
  /** What `kubectl` takes in place of the plural. */
  readonly singular: string;
  /** What `kubectl` takes, too; of two resources that have the same, one gets it. */
  readonly shortNames: readonly string[];
  /** Names by which `kubectl get` lists several kinds at once. */
  readonly categories: readonly string[];
}

/** metadata.name of a resource's CustomResourceDefinition. @param group by default ours */
export function crdName({ plural, group = GROUP }: Pick<ResourceNames, 'plural'> & { readonly group?: string }): string {
  return `${plural}.${group}`;
}

/** `pcap` would be Antrea's. */
export const PACKET_CAPTURE = {
  kind: 'PacketCapture',
  listKind: 'PacketCaptureList',
  plural: 'packetcaptures',
  singular: 'packetcapture',
  shortNames: ['pktcap'],
  categories: ['pcapper'],
} as const satisfies ResourceNames;

export const PACKET_CAPTURE_SET = {
  kind: 'PacketCaptureSet',
  listKind: 'PacketCaptureSetList',
  plural: 'packetcapturesets',
  singular: 'packetcaptureset',
  shortNames: ['pktcapset'],
  categories: ['pcapper'],
} as const satisfies ResourceNames;
