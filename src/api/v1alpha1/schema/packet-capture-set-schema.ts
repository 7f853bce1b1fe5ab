import {
  type LabelSelector,
  type LabelSelectorRequirement,
  MAX_STATUS_CAPTURES,
  type PacketCaptureSet,
  type PacketCaptureSetSpec,
  type PacketCaptureSetStatus,
  type PacketCaptureTemplate,
  type SetCapture,
  type WorkloadReference,
} from '../packet-capture-set.ts';
import { namespaceName, objectName } from '../rules/kubernetes-name.ts';
import { labelRequirement } from '../rules/label-requirement.ts';
import { labelKey, labelKeys, labelValue } from '../rules/label.ts';
import { lockedProgress } from '../rules/locked-progress.ts';
import { lockedSpec } from '../rules/locked-spec.ts';
import { oneSelection } from '../rules/one-target.ts';
import { wholeNumber } from '../rules/whole-number.ts';
import { conditionList } from './condition-fields.ts';
import { lifeFields } from './life-fields.ts';
import { limitFields } from './limit-fields.ts';
import type { FieldsOf, ObjectSchema } from './schema.ts';
import { targetFields } from './target-fields.ts';
import { capturesTotalField, filesTotalField, packetsField, progressField } from './yield-fields.ts';

const targetRef = {
  type: 'object',
  description: 'A workload, whose Pods are captured through rollouts, restarts and scaling.',
  required: ['kind', 'name'],
  properties: {
    kind: { type: 'string', enum: ['Deployment', 'StatefulSet', 'DaemonSet'], description: 'Its kind.' },
    name: { type: 'string', description: 'Its name.', rules: [objectName('name')] },
  } satisfies FieldsOf<WorkloadReference>,
} as const satisfies ObjectSchema;

const requirement = {
  type: 'object',
  description: 'A label compared with values.',
  required: ['key', 'operator'],
  properties: {
    key: { type: 'string', maxLength: 512, description: 'The label.', rules: [labelKey] },
    operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'], description: 'How it is compared.' },
    values: {
      type: 'array',
      maxItems: 64,
      description: 'At least one for In and NotIn, none for Exists and DoesNotExist.',
      items: { type: 'string', maxLength: 256, description: 'A value of the label.', rules: [labelValue] },
    },
  } satisfies FieldsOf<LabelSelectorRequirement>,
  rules: [labelRequirement],
} as const satisfies ObjectSchema;

const selector = {
  type: 'object',
  description: 'Labels of the Pods. An empty selector matches every Pod of the namespace.',
  properties: {
    matchLabels: {
      type: 'map',
      maxProperties: 32,
      description: 'Labels that a Pod has.',
      values: { type: 'string', maxLength: 256, description: 'The value of the label.', rules: [labelValue] },
      rules: [labelKeys],
    },
    matchExpressions: {
      type: 'array',
      maxItems: 32,
      description: 'What else holds of its labels.',
      items: requirement,
    },
  } satisfies FieldsOf<LabelSelector>,
} as const satisfies ObjectSchema;

const template = {
  type: 'object',
  description: 'What each capture is to be like. captureSeconds counts from the start of the set.',
  default: {},
  properties: {
    targetInterface: {
      ...targetFields.targetInterface,
      description: "A device inside each Pod, or any. By default that of the Pod's default route.",
    },
    ...limitFields,
  } satisfies FieldsOf<PacketCaptureTemplate>,
} as const satisfies ObjectSchema;

const specFields = {
  targetNamespace: { type: 'string', description: 'Namespace of the Pods.', rules: [namespaceName('targetNamespace')] },
  targetRef,
  selector,
  maxPods: {
    type: 'int-or-string',
    default: 32,
    description: `Most Pods that are captured over the whole life of the set: 1 to ${MAX_STATUS_CAPTURES}.`,
    rules: [wholeNumber({ field: 'maxPods', min: 1, max: MAX_STATUS_CAPTURES, unit: ' of Pods' })],
  },
  template,
  ...lifeFields,
} as const satisfies FieldsOf<PacketCaptureSetSpec>;

const statusFields = {
  observedGeneration: { type: 'integer', description: 'metadata.generation that this status was made from.' },
  progress: progressField,
  reason: { type: 'string', description: 'Why it ended or failed, as one CamelCase word.' },
  message: { type: 'string', description: 'The same in plain words.' },
  startTime: { type: 'string', format: 'date-time', description: 'When the first capture was capturing.' },
  completionTime: { type: 'string', format: 'date-time', description: 'When the last capture had ended.' },
  captures: {
    type: 'array',
    maxItems: MAX_STATUS_CAPTURES,
    description: `The newest captures, at most ${MAX_STATUS_CAPTURES}, oldest first.`,
    items: {
      type: 'object',
      description: 'The capture of one Pod.',
      required: ['name', 'pod', 'podUID'],
      properties: {
        name: { type: 'string', description: 'Name of the PacketCapture.' },
        pod: { type: 'string', description: 'Name of the Pod.' },
        podUID: { type: 'string', description: 'metadata.uid of the Pod.' },
        node: { type: 'string', description: 'Node of the Pod.' },
        progress: progressField,
        reason: { type: 'string', description: 'Why it ended or failed, as one CamelCase word.' },
        packets: packetsField,
      } satisfies FieldsOf<SetCapture>,
    },
  },
  capturesTotal: capturesTotalField,
  packets: { ...packetsField, description: "tcpdump's counters, summed over all captures." },
  filesTotal: { ...filesTotalField, description: 'Number and size of the files of all captures.' },
  conditions: conditionList('Accepted, TargetFound, Covered, Capturing, Complete and Lossless.'),
} as const satisfies FieldsOf<PacketCaptureSetStatus>;

const spec = {
  type: 'object',
  description: 'Which Pods are captured, and how.',
  required: ['targetNamespace'],
  properties: specFields,
  rules: [oneSelection],
} as const satisfies ObjectSchema;

const status = {
  type: 'object',
  description: 'What came of it so far.',
  properties: statusFields,
} as const satisfies ObjectSchema;

/** A PacketCaptureSet, less what every Kubernetes object has. */
export const packetCaptureSetSchema = {
  type: 'object',
  description: 'Packet captures of all Pods of a workload or of a selector.',
  required: ['spec'],
  properties: { spec, status } satisfies FieldsOf<Pick<PacketCaptureSet, 'spec' | 'status'>>,
  transitions: [...lockedSpec('PacketCaptureSet', Object.keys(specFields)), ...lockedProgress],
} as const satisfies ObjectSchema;
