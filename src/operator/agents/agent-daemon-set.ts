import type { PodTemplate } from '../pod-template.ts';
import { agentPod, type AgentPlace, podField } from './agent-pod.ts';
import type { AgentsSettings } from './agents-settings.ts';

/** The one DaemonSet. */
export const AGENT_DAEMON_SET = 'pcapper';

/** Of the agents' Pods, and what they are found by. A DaemonSet's selector cannot be changed. */
export const AGENT_LABELS = {
  /** Of all that is part of pcapper. */
  'app.kubernetes.io/name': 'pcapper',
  /** Of the agents alone. */
  'app.kubernetes.io/component': 'agent',
} as const;

/** An `apps/v1 DaemonSet`, as far as pcapper fills it in. */
export interface AgentDaemonSet {
  /** Group and version of DaemonSets. */
  readonly apiVersion: 'apps/v1';
  /** Always this. */
  readonly kind: 'DaemonSet';
  /** What it is found by. */
  readonly metadata: {
    /** {@link AGENT_DAEMON_SET}. */
    readonly name: string;
    /** Of the DaemonSet and its Pods. */
    readonly namespace: string;
    /** {@link AGENT_LABELS}, and that the operator manages it. */
    readonly labels: Readonly<Record<string, string>>;
  };
  /** Which Pods are its own, how they are replaced, and what they are like. */
  readonly spec: AgentDaemonSetSpec;
}

/** `apps/v1 DaemonSetSpec`, as far as pcapper fills it in. */
export interface AgentDaemonSetSpec {
  /** Of its Pods. Cannot be changed once it is made. */
  readonly selector: {
    /** {@link AGENT_LABELS}. */
    readonly matchLabels: Readonly<Record<string, string>>;
  };
  /** How a change comes to the nodes. */
  readonly updateStrategy: {
    /** By itself, node by node. */
    readonly type: 'RollingUpdate';
    /** How fast. */
    readonly rollingUpdate: {
      /** Pods that are replaced at once: a number, or a percentage of the nodes. */
      readonly maxUnavailable: number | string;
      /** Never two on one node: the hostmount is one agent's at a time. */
      readonly maxSurge: 0;
    };
  };
  /** What each of its Pods is like. */
  readonly template: PodTemplate;
}

/**
 * The DaemonSet whose Pods are the agents. It has no owner: what would go with the operator's Deployment would interrupt
 * every capture whenever that is deleted to be made anew.
 */
export function agentDaemonSet(settings: AgentsSettings, { namespace, serviceAccount }: AgentPlace): AgentDaemonSet {
  const pod = agentPod(settings, serviceAccount);
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: AGENT_DAEMON_SET, namespace, labels: { ...AGENT_LABELS, 'app.kubernetes.io/managed-by': 'pcapper-operator' } },
    spec: {
      selector: { matchLabels: AGENT_LABELS },
      // Never two on one node: the hostmount is one agent's at a time.
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: settings.maxUnavailable, maxSurge: 0 } },
      template: {
        metadata: { labels: AGENT_LABELS },
        spec: {
          ...pod.spec,
          // Interfaces of the node.
          hostNetwork: true,
          containers: [
            {
              ...pod.container,
              name: 'agent',
              env: [
                podField('NODE_NAME', 'spec.nodeName'),
                podField('NAMESPACE', 'metadata.namespace'),
                podField('POD_NAME', 'metadata.name'),
                podField('HEALTH_ADDRESS', 'status.hostIP'),
                ...Object.entries(settings.environment).map(([name, value]) => ({ name, value })),
              ],
              ports: [{ name: 'health', containerPort: settings.healthPort, protocol: 'TCP' }],
              volumeMounts: [pod.mount],
              readinessProbe: { httpGet: { path: '/readyz', port: 'health', scheme: 'HTTP' }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
              // A node that is so busy for two minutes may be busy with captures: a restart interrupts them.
              livenessProbe: { httpGet: { path: '/healthz', port: 'health', scheme: 'HTTP' }, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6 },
            },
          ],
          volumes: [pod.volume],
        },
      },
    },
  };
}
