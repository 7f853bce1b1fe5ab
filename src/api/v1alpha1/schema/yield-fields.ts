import type { SetCapturesTotal } from '../packet-capture-set.ts';
import type { StatusFile, StatusFilesTotal, StatusPackets } from '../packet-capture-status.ts';
import type { ArraySchema, FieldsOf, ObjectSchema, StringSchema } from './schema.ts';

export const progressField = {
  type: 'string',
  enum: ['scheduled', 'running', 'finished', 'failure'],
  description: 'How far it is. Absent: nobody has taken it.',
} as const satisfies StringSchema;

export const packetsField = {
  type: 'object',
  description: "tcpdump's counters.",
  required: ['captured', 'received', 'dropped'],
  properties: {
    captured: { type: 'integer', description: 'Packets that tcpdump processed and wrote.' },
    received: { type: 'integer', description: 'Packets that matched the filter in the kernel, dropped ones included.' },
    dropped: { type: 'integer', description: 'Packets that the kernel dropped because tcpdump did not keep up.' },
  } satisfies FieldsOf<StatusPackets>,
} as const satisfies ObjectSchema;

export const filesTotalField = {
  type: 'object',
  description: 'Number and size of all files, also of those that the list has no room for.',
  required: ['count', 'bytes'],
  properties: {
    count: { type: 'integer', description: 'Number of files.' },
    bytes: { type: 'integer', description: 'Their size together.' },
  } satisfies FieldsOf<StatusFilesTotal>,
} as const satisfies ObjectSchema;

export function fileList(maxItems: number): ArraySchema {
  return {
    type: 'array',
    maxItems,
    description: `The newest files, at most ${maxItems}, oldest first.`,
    items: {
      type: 'object',
      description: 'A file of the capture.',
      required: ['name', 'bytes'],
      properties: {
        name: { type: 'string', description: 'Name without folder.' },
        bytes: { type: 'integer', description: 'Size in bytes.' },
      } satisfies FieldsOf<StatusFile>,
    },
  };
}

export const capturesTotalField = {
  type: 'object',
  description: 'Number of all captures, also of those that the list has no room for.',
  required: ['count', 'scheduled', 'running', 'finished', 'failure'],
  properties: {
    count: { type: 'integer', description: 'All.' },
    scheduled: { type: 'integer', description: 'Those that are scheduled.' },
    running: { type: 'integer', description: 'Those that are running.' },
    finished: { type: 'integer', description: 'Those that are finished.' },
    failure: { type: 'integer', description: 'Those that failed.' },
  } satisfies FieldsOf<SetCapturesTotal>,
} as const satisfies ObjectSchema;
