import { createHash } from 'node:crypto';
import { formatOrder, type OneShotOrder } from '../../api/one-shot/capture-order.ts';
import { GROUP } from '../../api/v1alpha1/group.ts';
import type { OwnerReference } from '../../api/v1alpha1/index.ts';
import { agentPod, type AgentPlace, podField } from '../agents/agent-pod.ts';
import type { AgentsSettings } from '../agents/agents-settings.ts';
import type { EnvironmentVariable, PodTemplate } from '../pod-template.ts';

/** Of all Jobs of captures and of their Pods: the uid of the resource that the capture is for. */
export const CAPTURE_UID_LABEL = `${GROUP}/capture-uid`;

/** Other than those of resident agents in their component, by which the DaemonSet finds its own. */
const JOB_LABELS = {
  'app.kubernetes.io/name': 'pcapper',
  'app.kubernetes.io/component': 'capture-job',
  'app.kubernetes.io/managed-by': 'pcapper-operator',
} as const;

/** The one container of a Job's Pod. */
export const JOB_CONTAINER = 'capture';

/** Pods of a Job that may end without an outcome, as when they are killed; the next one goes on. */
export const JOB_RETRIES = 3;

/** For a Job's Pods to be scheduled, to pull their image, to begin anew, and to end: beyond the time of the capture. Seconds. */
export const JOB_SLACK_SECONDS = 600;

/** How long an ended Job stays for its log to be read. Seconds. */
export const JOB_TTL_SECONDS = 3600;

/** Of an int32. */
const NEVER = 2_147_483_647;

/** Where the file is that is there while tcpdump captures. */
const RUN_FOLDER = '/run/pcapper';
const READY_FILE = `${RUN_FOLDER}/capturing`;

/** What the Job of a capture is made of. */
export interface CaptureJobOptions extends AgentPlace {
  /** See {@link captureJobName}. */
  readonly name: string;
  /** The resource that the capture is for. With it the garbage collector deletes the Job, which stops the capture. */
  readonly owner: Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>;
  /** That the target is on. */
  readonly node: string;
  /** The capture. Its time limit, with 600 seconds for all else, is that of the Job (`activeDeadlineSeconds`). */
  readonly order: OneShotOrder;
  /** Image, resources and disk limits, as of resident agents. */
  readonly settings: AgentsSettings;
  /** Name of the ConfigMap that holds `settings.environment`. Default: the Job holds it. */
  readonly configMap?: string;
  /** Beside its own, of the Job and of its Pods. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A `batch/v1 Job`, as far as pcapper fills it in. */
export interface CaptureJob {
  /** Group and version of Jobs. */
  readonly apiVersion: 'batch/v1';
  /** Always this. */
  readonly kind: 'Job';
  /** What it is found by, and with what it goes. */
  readonly metadata: {
    /** {@link CaptureJobOptions.name}. */
    readonly name: string;
    /** Of the Job and its Pods. */
    readonly namespace: string;
    /** {@link CAPTURE_UID_LABEL}, that the operator manages it, and those that were given. */
    readonly labels: Readonly<Record<string, string>>;
    /** {@link CaptureJobOptions.owner}. */
    readonly ownerReferences: readonly [OwnerReference];
  };
  /** When it is over, and what its Pods are like. */
  readonly spec: CaptureJobSpec;
}

/** `batch/v1 JobSpec`, as far as pcapper fills it in. */
export interface CaptureJobSpec {
  /** Pods that may fail before the Job does. */
  readonly backoffLimit: number;
  /** What it makes of a Pod that has failed. */
  readonly podFailurePolicy: {
    /** The first that matches counts. */
    readonly rules: readonly PodFailureRule[];
  };
  /** Time after which it has failed, its Pods are ended, and no others are made. Seconds. Absent: it has all the time. */
  readonly activeDeadlineSeconds?: number;
  /** Time from its end to its removal. Seconds. */
  readonly ttlSecondsAfterFinished: number;
  /** What each of its Pods is like. */
  readonly template: PodTemplate;
}

/** `batch/v1 PodFailurePolicyRule` by exit codes. */
export interface PodFailureRule {
  /** The Job fails at once. */
  readonly action: 'FailJob';
  /** When that is done. */
  readonly onExitCodes: {
    /** {@link Container.name}. */
    readonly containerName: string;
    /** It ended with one of the values. */
    readonly operator: 'In';
    /** Exit codes after which another try is pointless. */
    readonly values: readonly number[];
  };
}

/** The Job that makes one capture on one node, by the agent in one-shot mode. */
export function captureJob({ name, namespace, serviceAccount, owner, node, order, settings, configMap, labels }: CaptureJobOptions): CaptureJob {
  const pod = agentPod(settings, serviceAccount);
  const all = { ...JOB_LABELS, ...labels, 'app.kubernetes.io/component': JOB_LABELS['app.kubernetes.io/component'], [CAPTURE_UID_LABEL]: owner.uid };
  const { seconds } = order.request.limits;
  const deadline = seconds === undefined ? undefined : Math.ceil(seconds) + JOB_SLACK_SECONDS;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    // Without blockOwnerDeletion, which on some clusters takes a right on the owner's finalizers.
    metadata: { name, namespace, labels: all, ownerReferences: [{ ...owner, controller: true }] },
    spec: {
      backoffLimit: JOB_RETRIES,
      // A result, or an order that nobody can carry out, is not got better by another try. Whoever was killed is gone on with.
      podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { containerName: JOB_CONTAINER, operator: 'In', values: [1, 2] } }] },
      ...(deadline !== undefined && { activeDeadlineSeconds: deadline }),
      ttlSecondsAfterFinished: JOB_TTL_SECONDS,
      template: {
        metadata: { labels: all },
        spec: {
          ...pod.spec,
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          // It looks up no names.
          dnsPolicy: 'Default',
          // Through the scheduler, so that the node's room counts; by its name, which is not always its label.
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
              },
            },
          },
          hostNetwork: order.target.kind === 'node',
          containers: [
            {
              ...pod.container,
              name: JOB_CONTAINER,
              args: ['--once'],
              ...(configMap !== undefined && { envFrom: [{ configMapRef: { name: configMap } }] }),
              env: [
                ...(configMap === undefined ? Object.entries(settings.environment).map(([key, value]) => literal(key, value)) : []),
                podField('NODE_NAME', 'spec.nodeName'),
                literal('CAPTURE_ORDER', formatOrder(order)),
              ],
              volumeMounts: [pod.mount, { name: 'run', mountPath: RUN_FOLDER }],
              // Without a readinessProbe a container is ready once this has succeeded. It is no reason to end one that waits.
              startupProbe: { exec: { command: ['test', '-e', READY_FILE] }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: NEVER },
              terminationMessagePolicy: 'File',
            },
          ],
          volumes: [pod.volume, { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
        },
      },
    },
  };
}

/** The most that a label may have, which the Job controller makes of the name. */
const MOST_NAME_CHARACTERS = 63;

/**
 * Name of a Job: both parts, as `web-1-abcd`. Where that is too long the first one is cut, with a hash of the whole of it: the
 * same way every time.
 * @param suffix what tells runs for the same `stem` apart: at most 40 lower-case letters and digits
 */
export function captureJobName(stem: string, suffix: string): string {
  const whole = `${stem}-${suffix}`;
  if (whole.length <= MOST_NAME_CHARACTERS) return whole;
  const hash = hashOf(stem);
  const room = MOST_NAME_CHARACTERS - suffix.length - hash.length - 2;
  return `${stem.slice(0, room).replace(/[^a-z0-9]+$/, '')}-${hash}-${suffix}`;
}

/** Eight letters and digits for a uid, or whatever is too long for a name. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** The kubelet replaces `$(NAME)` in a value, and `$$` by `$` (EnvVar.value). */
function literal(name: string, value: string): EnvironmentVariable {
  return { name, value: value.replaceAll('$', '$$$$') };
}
