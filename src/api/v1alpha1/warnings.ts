import { type CaptureRequest, MEGABYTE } from '../../core/capture-request.ts';
import { quote } from '../../core/errors/capture-error.ts';
import { tryParseQuantity } from '../../core/quantity.ts';
import { parsePacketCapture } from './parse-packet-capture.ts';
import { isRecord } from './schema/with-defaults.ts';

/** What is allowed in a PacketCapture, but may surprise; nothing for an invalid one. */
export function packetCaptureWarnings(object: unknown): readonly string[] {
  const demand = parsePacketCapture(object);
  if (!demand.valid) return [];
  return [...ringOfOne(demand.request), ...roundedSize(object, demand.request)];
}

/** `-C … -W 1` truncates its only file at each wrap (tcpdump 4.99.3, measured). */
export function ringOfOne({ limits }: CaptureRequest, field = 'fileCount'): readonly string[] {
  return limits.fileCount === 1
    ? [`${field} is 1: each wrap starts empty, so everything before it is lost. Use 2 or more to keep the newest packets.`]
    : [];
}

function roundedSize(object: unknown, { limits }: CaptureRequest): readonly string[] {
  const spec = isRecord(object) && isRecord(object['spec']) ? object['spec'] : {};
  const { maxFileSize } = spec;
  if (typeof maxFileSize !== 'string' && typeof maxFileSize !== 'number') return [];
  return tryParseQuantity(maxFileSize) === limits.maxFileSize
    ? []
    : [`maxFileSize ${quote(maxFileSize)} is rounded down to ${limits.maxFileSize / MEGABYTE}M: tcpdump takes whole 1000000 bytes.`];
}
