import { namespaceName, objectName } from '../v1alpha1/rules/kubernetes-name.ts';
import { lockedProgress } from '../v1alpha1/rules/locked-progress.ts';
import { lockedField } from '../v1alpha1/rules/locked-spec.ts';
import { wholeNumber } from '../v1alpha1/rules/whole-number.ts';
import { conditionList } from '../v1alpha1/schema/condition-fields.ts';
import { CAPTURE_SECONDS } from '../v1alpha1/schema/limit-fields.ts';
import type { FieldsOf, ObjectSchema } from '../v1alpha1/schema/schema.ts';
import { capturesTotalField, fileList, filesTotalField, packetsField, progressField } from '../v1alpha1/schema/yield-fields.ts';
import {
  type DeploymentCapture,
  type DeploymentCaptureSpec,
  type DeploymentCaptureStatus,
  MAX_POD_FILES,
  MAX_STATUS_PODS,
  type PodCapture,
} from './deployment-capture.ts';
import { DEPLOYMENT_CAPTURE } from './group.ts';
import { jobIdRule } from './job-id.ts';

const specFields = {
  jobId: { type: 'string', description: "The end of the Jobs' names. Another one is another run.", rules: [jobIdRule] },
  targetNamespace: { type: 'string', description: 'Namespace of the Deployment.', rules: [namespaceName('targetNamespace')] },
  targetDeployment: {
    type: 'string',
    description: 'Name of the Deployment. The capture waits until it appears.',
    rules: [objectName('targetDeployment')],
  },
  duration: {
    type: 'int-or-string',
    description: 'Time limit of each Job in seconds: 1 to 604800 (7 days).',
    rules: [wholeNumber({ field: 'duration', ...CAPTURE_SECONDS })],
  },
} as const satisfies FieldsOf<DeploymentCaptureSpec>;

const podCapture = {
  type: 'object',
  description: 'A Pod and its Job.',
  required: ['name', 'uid', 'node', 'job', 'progress'],
  properties: {
    name: { type: 'string', description: 'Name of the Pod.' },
    uid: { type: 'string', description: 'metadata.uid of the Pod.' },
    node: { type: 'string', description: 'Node of the Pod.' },
    job: { type: 'string', description: 'Name of the Job.' },
    progress: { ...progressField, description: 'How far it is.' },
    reason: { type: 'string', description: 'Why it waits, ended or failed, as one CamelCase word.' },
    message: { type: 'string', description: 'The same in plain words, or in those of tcpdump, the kubelet or the scheduler.' },
    interface: { type: 'string', description: 'The device that is captured.' },
    startTime: { type: 'string', format: 'date-time', description: 'When tcpdump was first capturing.' },
    completionTime: { type: 'string', format: 'date-time', description: 'When the capture had ended.' },
    packets: packetsField,
    lossless: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether no packet that matched was lost.' },
    files: fileList(MAX_POD_FILES),
    filesTotal: filesTotalField,
  } satisfies FieldsOf<PodCapture>,
} as const satisfies ObjectSchema;

const statusFields = {
  observedGeneration: { type: 'integer', description: 'metadata.generation that this status was made from.' },
  progress: { ...progressField, description: 'How far it is. Absent: no Job was made yet.' },
  reason: { type: 'string', description: 'Why it ended or failed, as one CamelCase word.' },
  message: { type: 'string', description: 'The same in plain words.' },
  startTime: { type: 'string', format: 'date-time', description: 'When the first Job was capturing.' },
  completionTime: { type: 'string', format: 'date-time', description: 'When the last Job had ended.' },
  pods: {
    type: 'array',
    maxItems: MAX_STATUS_PODS,
    description: `Every Pod that has a Job, at most ${MAX_STATUS_PODS}, in the order in which they got one.`,
    items: podCapture,
  },
  podsTotal: { ...capturesTotalField, description: 'Number of Pods that have a Job.' },
  packets: { ...packetsField, description: "tcpdump's counters, summed over all Pods." },
  filesTotal: { ...filesTotalField, description: 'Number and size of the files of all Pods.' },
  conditions: conditionList('Accepted, TargetFound, Covered, Capturing, Complete and Lossless.'),
} as const satisfies FieldsOf<DeploymentCaptureStatus>;

const spec = {
  type: 'object',
  description: 'Which Deployment is captured, and for how long.',
  required: Object.keys(specFields),
  properties: specFields,
} as const satisfies ObjectSchema;

const status = {
  type: 'object',
  description: 'What came of it so far.',
  properties: statusFields,
} as const satisfies ObjectSchema;

/** The resource, less what every Kubernetes object has. */
export const deploymentCaptureSchema = {
  type: 'object',
  description: 'Packet captures of all Pods of a Deployment, by one Job each.',
  required: ['spec'],
  properties: { spec, status } satisfies FieldsOf<Pick<DeploymentCapture, 'spec' | 'status'>>,
  transitions: [...Object.keys(specFields).map((field) => lockedField(DEPLOYMENT_CAPTURE.kind, field)), ...lockedProgress],
} as const satisfies ObjectSchema;
