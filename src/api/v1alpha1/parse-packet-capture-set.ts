import { PACKET_CAPTURE_SET } from './group.ts';
import type { PacketCaptureSetSpec, PacketCaptureTemplate } from './packet-capture-set.ts';
import { type Demanded, parseSpec } from './parse-spec.ts';
import { packetCaptureSetSchema } from './schema/packet-capture-set-schema.ts';

/** What a PacketCaptureSet asks for, with defaults, or everything that is wrong with it. */
export type SetDemand = Demanded<PacketCaptureSetSpec & { readonly template: PacketCaptureTemplate }>;

/** Reads a PacketCaptureSet of any shape. */
export function parsePacketCaptureSet(object: unknown): SetDemand {
  return parseSpec(PACKET_CAPTURE_SET.kind, packetCaptureSetSchema.properties.spec, object);
}
