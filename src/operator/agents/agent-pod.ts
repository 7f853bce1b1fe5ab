import type { Container, EnvironmentVariable, PodSpec, Volume, VolumeMount } from '../pod-template.ts';
import type { AgentsSettings } from './agents-settings.ts';

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

/** The folder of the node that captures are written to. */
export const HOSTMOUNT_VOLUME = 'hostmount';

/** Where agents run, and as whom. */
export interface AgentPlace {
  /** Of the Pods. It must allow what the Pod Security Standard `privileged` does: host namespaces, a hostPath. */
  readonly namespace: string;
  /** `metadata.name` of their ServiceAccount, in that namespace. */
  readonly serviceAccount: string;
}

/** What the Pods of resident agents and of Jobs have in common. */
interface AgentPod {
  readonly spec: Omit<PodSpec, 'containers' | 'volumes' | 'hostNetwork'>;
  readonly container: Pick<Container, 'image' | 'imagePullPolicy' | 'resources' | 'securityContext'>;
  /** The hostmount, in the container. */
  readonly mount: VolumeMount;
  /** The hostmount, on the node. */
  readonly volume: Volume;
}

export function agentPod(settings: AgentsSettings, serviceAccount: string): AgentPod {
  const { hostmount, imagePullSecret } = settings;
  return {
    spec: {
      serviceAccountName: serviceAccount,
      priorityClassName: settings.priorityClass,
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ operator: 'Exists' }],
      // The processes that the Pods' namespaces are entered by.
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
    },
    container: {
      image: settings.image,
      imagePullPolicy: settings.imagePullPolicy,
      resources: { requests: { cpu: settings.cpuRequest, memory: settings.memoryRequest }, limits: { memory: settings.memoryLimit } },
      // allowPrivilegeEscalation: false would be refused together with SYS_ADMIN.
      securityContext: { privileged: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'], add: AGENT_CAPABILITIES } },
    },
    mount: { name: HOSTMOUNT_VOLUME, mountPath: hostmount },
    volume: { name: HOSTMOUNT_VOLUME, hostPath: { path: hostmount, type: 'DirectoryOrCreate' } },
  };
}

/** A variable with something of the Pod itself. */
export function podField(name: string, fieldPath: string): EnvironmentVariable {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}
