import {
  MAX_STATUS_FILES,
  MAX_STATUS_GAPS,
  type PacketCaptureStatus,
  type StatusGap,
} from '../packet-capture-status.ts';
import type { PacketCapture, PacketCaptureSpec } from '../packet-capture.ts';
import { lockedProgress } from '../rules/locked-progress.ts';
import { lockedSpec } from '../rules/locked-spec.ts';
import { oneTarget } from '../rules/one-target.ts';
import { conditionList } from './condition-fields.ts';
import { lifeFields } from './life-fields.ts';
import { limitFields } from './limit-fields.ts';
import type { FieldsOf, ObjectSchema } from './schema.ts';
import { targetFields } from './target-fields.ts';
import { fileList, filesTotalField, packetsField, progressField } from './yield-fields.ts';

const specFields = { ...targetFields, ...limitFields, ...lifeFields } as const satisfies FieldsOf<PacketCaptureSpec>;

const statusFields = {
  progress: progressField,
  node: { type: 'string', description: 'The node that has it, or that it was assigned to.' },
  reason: { type: 'string', description: 'Why it ended, failed or was given back, as one CamelCase word.' },
  message: {
    type: 'string',
    description: 'The same in plain words, with where the files are and the command that fetches them.',
  },
  dispatcher: {
    type: 'string',
    enum: ['Agent', 'Job'],
    description: "Whose work it is: the node's resident agent's, or the operator's, which runs it as a Job.",
  },
  podUID: { type: 'string', description: 'metadata.uid of the Pod that is captured.' },
  interface: { type: 'string', description: 'The device that is captured.' },
  startTime: { type: 'string', format: 'date-time', description: 'When tcpdump was first capturing.' },
  completionTime: { type: 'string', format: 'date-time', description: 'When the capture had ended.' },
  files: fileList(MAX_STATUS_FILES),
  filesTotal: filesTotalField,
  packets: packetsField,
  wrapped: { type: 'boolean', description: 'The ring has overwritten its oldest packets.' },
  oldestPacketTime: {
    type: 'string',
    format: 'date-time',
    description: 'Time of the oldest packet that the files still hold.',
  },
  gaps: {
    type: 'array',
    maxItems: MAX_STATUS_GAPS,
    description: `Times whose packets the files do not hold, because they were not seen or are overwritten: the newest, at most ${MAX_STATUS_GAPS}.`,
    items: {
      type: 'object',
      description: 'A time whose packets the files do not hold.',
      required: ['from', 'to', 'reason'],
      properties: {
        from: { type: 'string', format: 'date-time', description: 'Its beginning.' },
        to: { type: 'string', format: 'date-time', description: 'Its end.' },
        reason: { type: 'string', description: 'Why, in plain words.' },
      } satisfies FieldsOf<StatusGap>,
    },
  },
  conditions: conditionList('Accepted, Capturing, Complete and Lossless; TargetFound and AgentReady once there was trouble with them.'),
} as const satisfies FieldsOf<PacketCaptureStatus>;

const spec = {
  type: 'object',
  description:
    'What is asked for: a Pod (targetNamespace and targetPod) or an interface of a node (targetNode and targetInterface).',
  properties: specFields,
  rules: [oneTarget],
} as const satisfies ObjectSchema;

const status = {
  type: 'object',
  description: 'What came of it so far.',
  properties: statusFields,
} as const satisfies ObjectSchema;

/** A PacketCapture, less what every Kubernetes object has. */
export const packetCaptureSchema = {
  type: 'object',
  description: 'One packet capture of one Pod or of one interface of a node.',
  required: ['spec'],
  properties: { spec, status } satisfies FieldsOf<Pick<PacketCapture, 'spec' | 'status'>>,
  transitions: [...lockedSpec('PacketCapture', Object.keys(specFields)), ...lockedProgress],
} as const satisfies ObjectSchema;
