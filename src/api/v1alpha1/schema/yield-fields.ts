import type { StatusFilesTotal, StatusPackets } from '../packet-capture-status.ts';
import type { FieldsOf, ObjectSchema, StringSchema } from './schema.ts';

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
