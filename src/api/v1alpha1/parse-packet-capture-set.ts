import type { CaptureError } from '../../core/errors/capture-error.ts';
import { PACKET_CAPTURE_SET } from './group.ts';
import type { PacketCaptureSetSpec, PacketCaptureTemplate } from './packet-capture-set.ts';
import { requestInvalid } from './request-invalid.ts';
import { packetCaptureSetSchema } from './schema/packet-capture-set-schema.ts';
import { violations } from './schema/violations.ts';
import { isRecord, withDefaults } from './schema/with-defaults.ts';

const { spec: specSchema } = packetCaptureSetSchema.properties;

/** What a PacketCaptureSet asks for, with defaults, or everything that is wrong with it. */
export type SetDemand =
  | { readonly valid: true; readonly spec: PacketCaptureSetSpec & { readonly template: PacketCaptureTemplate } }
  | { readonly valid: false; readonly error: CaptureError };

/** Reads a PacketCaptureSet of any shape. */
export function parsePacketCaptureSet(object: unknown): SetDemand {
  const spec = isRecord(object) && isRecord(object['spec']) ? withDefaults(specSchema, object['spec']) : undefined;
  const wrong = spec === undefined ? [{ path: 'spec', message: 'spec is required' }] : violations(specSchema, spec, 'spec');
  if (wrong.length > 0) return { valid: false, error: requestInvalid(PACKET_CAPTURE_SET.kind, wrong) };
  return { valid: true, spec: spec as PacketCaptureSetSpec & { readonly template: PacketCaptureTemplate } };
}
