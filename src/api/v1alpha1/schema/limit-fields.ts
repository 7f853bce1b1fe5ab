import { DEFAULT_LIMITS, MAX_SECONDS } from '../../../core/capture-request.ts';
import type { CaptureLimitFields } from '../packet-capture.ts';
import { byteQuantity } from '../rules/byte-quantity.ts';
import { captureFilterRules, fileCountRule } from '../rules/limits.ts';
import { wholeNumber } from '../rules/whole-number.ts';
import type { FieldsOf } from './schema.ts';

/** libpcap's largest snapshot length (MAXIMUM_SNAPLEN). */
const MAX_SNAP_LENGTH = 262_144;
/** tcpdump reads `-c` into a C int. */
const MAX_PACKETS = 2_147_483_647;

/** What a time limit may be. */
export const CAPTURE_SECONDS = { min: 1, max: MAX_SECONDS, unit: ' of seconds', note: ' (7 days)' } as const;

/** Where a capture ends, and how much it keeps. */
export const limitFields = {
  captureSeconds: {
    type: 'int-or-string',
    default: DEFAULT_LIMITS.seconds,
    description: 'Time limit in seconds: 1 to 604800 (7 days).',
    rules: [wholeNumber({ field: 'captureSeconds', ...CAPTURE_SECONDS })],
  },
  captureFilter: {
    type: 'string',
    description:
      'A pcap-filter(7) expression of at most 4096 bytes, with addresses instead of host names. Without it every packet is captured.',
    rules: captureFilterRules('captureFilter'),
  },
  maxFileSize: {
    type: 'int-or-string',
    default: '100M',
    description:
      'Size of one file of the ring: a quantity of bytes from 1M to 10G. It is rounded down to whole 1000000 bytes, which is what tcpdump takes; from 10M up tcpdump begins the next file 1000000 bytes early, so that none exceeds it.',
    rules: [byteQuantity({ field: 'maxFileSize', min: '1M', max: '10G' })],
  },
  fileCount: {
    type: 'int-or-string',
    default: DEFAULT_LIMITS.fileCount,
    description: 'Number of files in the ring: 1 to 1000. When all are full the oldest is overwritten. With 1 each wrap starts empty.',
    rules: [fileCountRule('fileCount')],
  },
  maxPackets: {
    type: 'int-or-string',
    description: 'Ends the capture after that many packets.',
    rules: [wholeNumber({ field: 'maxPackets', min: 1, max: MAX_PACKETS, unit: ' of packets' })],
  },
  snapLength: {
    type: 'int-or-string',
    default: DEFAULT_LIMITS.snapLength,
    // 0 is refused although tcpdump takes it: there it means the default, which a reader would not expect.
    description: 'Bytes kept of each packet: 1 to 262144. Sizes and times of packets are recorded whole whatever it is.',
    rules: [wholeNumber({ field: 'snapLength', min: 1, max: MAX_SNAP_LENGTH, unit: ' of bytes' })],
  },
} as const satisfies FieldsOf<CaptureLimitFields>;
