import type { AgentsSettings } from './agents-settings.ts';

/** The one DaemonSet. */
export const AGENT_DAEMON_SET = 'pcapper';

/** Of the agents' Pods, and what they are found by. A DaemonSet's selector cannot be changed. */
export const AGENT_LABELS = { 'app.kubernetes.io/name': 'pcapper', 'app.kubernetes.io/component': 'agent' } as const;

/**
 * What remains of root when all capabilities are dropped is not enough; each of these is, as the test of the same name
 * proves by taking it away.
 */
export const AGENT_CAPABILITIES = [
  // Packet sockets, promiscuous mode included (packet(7)).
  'NET_RAW',
  // setns(2) into a Pod's network namespace, which nsenter does before tcpdump.
  'SYS_ADMIN',
  // Opening /proc/PID/ns/net of another's process (namespaces(7): PTRACE_MODE_READ_FSCREDS).
  'SYS_PTRACE',
  // tcpdump before 4.99.5 sets its groups even with `-Z root`.
  'SETGID',
] as const;

export interface AgentPlace {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/**
 * The DaemonSet whose Pods are the agents. It has no owner: what would go with the operator's Deployment would interrupt
 * every capture whenever that is deleted to be made anew.
 */
export function agentDaemonSet(settings: AgentsSettings, { namespace, serviceAccount }: AgentPlace) {
  const { hostmount, healthPort, imagePullSecret } = settings;
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
          serviceAccountName: serviceAccount,
          priorityClassName: settings.priorityClass,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: [{ operator: 'Exists' }],
          // Interfaces of the node, and the processes that the Pods' namespaces are entered by.
          hostNetwork: true,
          hostPID: true,
          enableServiceLinks: false,
          // Each segment ends 1.1 s after it was asked to, all of them at once; then the last statuses are written.
          terminationGracePeriodSeconds: 60,
          ...(imagePullSecret !== undefined && { imagePullSecrets: [{ name: imagePullSecret }] }),
          securityContext: {
            runAsUser: 0,
            runAsGroup: 0,
            seccompProfile: { type: 'RuntimeDefault' },
            // Runtimes' default profiles deny to read the namespaces of processes of other profiles (ptrace), capabilities or not.
            appArmorProfile: { type: 'Unconfined' },
            // The same where SELinux is; without it this means nothing.
            seLinuxOptions: { type: 'spc_t' },
          },
          containers: [
            {
              name: 'agent',
              image: settings.image,
              imagePullPolicy: settings.imagePullPolicy,
              env: [
                field('NODE_NAME', 'spec.nodeName'),
                field('NAMESPACE', 'metadata.namespace'),
                field('POD_NAME', 'metadata.name'),
                field('HEALTH_ADDRESS', 'status.hostIP'),
                ...Object.entries(settings.environment).map(([name, value]) => ({ name, value })),
              ],
              ports: [{ name: 'health', containerPort: healthPort, protocol: 'TCP' }],
              resources: { requests: { cpu: settings.cpuRequest, memory: settings.memoryRequest }, limits: { memory: settings.memoryLimit } },
              // allowPrivilegeEscalation: false would be refused together with SYS_ADMIN.
              securityContext: { privileged: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'], add: AGENT_CAPABILITIES } },
              volumeMounts: [{ name: 'hostmount', mountPath: hostmount }],
              readinessProbe: { httpGet: { path: '/readyz', port: 'health', scheme: 'HTTP' }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
              // A node that is so busy for two minutes may be busy with captures: a restart interrupts them.
              livenessProbe: { httpGet: { path: '/healthz', port: 'health', scheme: 'HTTP' }, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6 },
            },
          ],
          volumes: [{ name: 'hostmount', hostPath: { path: hostmount, type: 'DirectoryOrCreate' } }],
        },
      },
    },
  } as const;
}

function field(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}
