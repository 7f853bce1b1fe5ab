import { packetCaptureSchema } from './schema/packet-capture-schema.ts';
import { packetCaptureSetSchema } from './schema/packet-capture-set-schema.ts';
import { validate } from './schema/validate.ts';
import type { Violation } from './schema/violations.ts';
import { withDefaults } from './schema/with-defaults.ts';

/**
 * Everything that is wrong with a PacketCapture of any shape, after defaults; nothing, if it is valid.
 * @param old the object that it is to take the place of, with rules on changes
 */
export function validatePacketCapture(object: unknown, old?: unknown): readonly Violation[] {
  return validate(packetCaptureSchema, object, old);
}

/** As {@link validatePacketCapture}, for a PacketCaptureSet. */
export function validatePacketCaptureSet(object: unknown, old?: unknown): readonly Violation[] {
  return validate(packetCaptureSetSchema, object, old);
}

/** A PacketCapture as the API server stores it, with what is absent at its default. */
export function defaultPacketCapture(object: unknown): unknown {
  return withDefaults(packetCaptureSchema, object);
}

/** A PacketCaptureSet as the API server stores it, with what is absent at its default. */
export function defaultPacketCaptureSet(object: unknown): unknown {
  return withDefaults(packetCaptureSetSchema, object);
}
