import type { CaptureLifeFields } from '../packet-capture.ts';
import { wholeNumber } from '../rules/whole-number.ts';
import type { FieldsOf } from './schema.ts';

/** What may change after creation. */
export const lifeFields = {
  stop: {
    type: 'boolean',
    default: false,
    description: 'True ends the capture early, as finished. It cannot go back to false.',
  },
  retainFiles: {
    type: 'boolean',
    default: false,
    description: 'True lets the files outlive the resource.',
  },
  ttlSecondsAfterFinished: {
    type: 'int-or-string',
    description:
      'Seconds from the end of the capture to the removal of the resource, and of its files unless they are retained. Without it nothing is removed.',
    rules: [wholeNumber({ field: 'ttlSecondsAfterFinished', min: 0, max: 2_147_483_647, unit: ' of seconds' })],
  },
} as const satisfies FieldsOf<CaptureLifeFields>;
