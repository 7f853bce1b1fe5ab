import { describe, expect, it } from 'vitest';
import { parseOrder } from '../../../src/api/one-shot/capture-order.ts';
import { DEFAULT_LIMITS } from '../../../src/core/capture-request.ts';
import { AGENT_LABELS, agentDaemonSet } from '../../../src/operator/agents/agent-daemon-set.ts';
import { readAgentsSettings } from '../../../src/operator/agents/agents-settings.ts';
import { captureJob, captureJobName, type CaptureJobOptions } from '../../../src/operator/jobs/capture-job.ts';

const settings = readAgentsSettings({ MAX_TOTAL_FILESIZE: '5G', IMAGE_PULL_SECRET: 'pull', HOSTMOUNT: '/var/lib/captures' }, 'agent:1');
const pod = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'pod-uid', cgroupUid: 'pod-uid', hostNetwork: false } as const;
const options: CaptureJobOptions = {
  name: 'c-1234',
  namespace: 'pcapper',
  serviceAccount: 'pcapper-agent',
  owner: { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', name: 'c', uid: 'uid-c' },
  node: 'n1.example',
  order: { request: { uid: 'uid-c', name: 'c', target: { kind: 'pod', namespace: 'shop', name: 'web-1' }, filter: 'tcp port 80 $(HOSTMOUNT) $$', limits: { ...DEFAULT_LIMITS, seconds: 30 } }, target: pod },
  settings,
};
/** As the kubelet does (kubernetes, third_party/forked/golang/expansion). */
const expanded = (value: string, variables: Readonly<Record<string, string>>) =>
  value.replace(/\$(\$|\((?<name>[^)]*)\))/g, (whole, rest: string, name: string | undefined) => (rest === '$' ? '$' : (variables[name ?? ''] ?? whole)));
const containerOf = (given: Partial<CaptureJobOptions> = {}) => captureJob({ ...options, ...given }).spec.template.spec.containers[0];
const variable = (container: ReturnType<typeof containerOf>, name: string) => container.env.find((one) => one.name === name) as { value?: string; valueFrom?: object } | undefined;

describe('the Job of a capture', () => {
  it('runs the one-shot mode on the one node, once, without rights', () => {
    const { metadata, spec } = captureJob(options);
    expect(metadata).toMatchObject({ name: 'c-1234', namespace: 'pcapper', ownerReferences: [{ ...options.owner, controller: true }] });
    expect(metadata.ownerReferences[0]).not.toHaveProperty('blockOwnerDeletion');
    expect(spec).toMatchObject({ backoffLimit: 3, activeDeadlineSeconds: 630, ttlSecondsAfterFinished: 3600 });
    expect(spec.podFailurePolicy.rules).toEqual([{ action: 'FailJob', onExitCodes: { containerName: 'capture', operator: 'In', values: [1, 2] } }]);
    const { spec: podSpec } = spec.template;
    expect(podSpec).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      hostPID: true,
      hostNetwork: false,
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 60,
      imagePullSecrets: [{ name: 'pull' }],
    });
    expect(podSpec.affinity?.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms).toEqual([
      { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1.example'] }] },
    ]);
    expect(podSpec.volumes).toEqual([
      { name: 'hostmount', hostPath: { path: '/var/lib/captures', type: 'DirectoryOrCreate' } },
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    ]);
    expect(containerOf()).toMatchObject({
      image: 'agent:1',
      args: ['--once'],
      terminationMessagePolicy: 'File',
      startupProbe: { exec: { command: ['test', '-e', '/run/pcapper/capturing'] }, periodSeconds: 1 },
      volumeMounts: [{ name: 'hostmount', mountPath: '/var/lib/captures' }, { name: 'run', mountPath: '/run/pcapper' }],
    });
  });

  it('may what resident agents may, and no more', () => {
    const daemonSet = agentDaemonSet(settings, options).spec.template.spec;
    const job = captureJob(options).spec.template.spec;
    expect(job.securityContext).toEqual(daemonSet.securityContext);
    expect(job.containers[0].securityContext).toEqual(daemonSet.containers[0].securityContext);
    expect(job.containers[0].resources).toEqual(daemonSet.containers[0].resources);
    expect(job).not.toHaveProperty('ports');
  });

  it('uses the network of the node for interfaces of the node only', () => {
    const target = { kind: 'node', node: 'n1', interface: 'eth0' } as const;
    expect(captureJob({ ...options, order: { request: { ...options.order.request, target }, target } }).spec.template.spec.hostNetwork).toBe(true);
  });

  it('is told its order exactly, whatever the kubelet expands', () => {
    const { value = '' } = variable(containerOf(), 'CAPTURE_ORDER') ?? {};
    expect(parseOrder(expanded(value, { HOSTMOUNT: '/secret' }))).toEqual(options.order);
    expect(variable(containerOf(), 'NODE_NAME')?.valueFrom).toEqual({ fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } });
  });

  it('has the settings of the agents in it, or in a ConfigMap', () => {
    expect(variable(containerOf(), 'MAX_TOTAL_FILESIZE')?.value).toBe('5G');
    expect(variable(containerOf(), 'HOSTMOUNT')?.value).toBe('/var/lib/captures');
    expect(containerOf()).not.toHaveProperty('envFrom');
    const container = containerOf({ configMap: 'shop-web' });
    expect(container).toMatchObject({ envFrom: [{ configMapRef: { name: 'shop-web' } }] });
    expect(container.env.map(({ name }) => name)).toEqual(['NODE_NAME', 'CAPTURE_ORDER']);
  });

  it('has no deadline where the capture has none', () => {
    const { request, target } = options.order;
    const { maxFileSize, fileCount, snapLength } = DEFAULT_LIMITS;
    expect(captureJob({ ...options, order: { request: { ...request, limits: { maxFileSize, fileCount, snapLength } }, target } }).spec).not.toHaveProperty('activeDeadlineSeconds');
  });

  it('is found by the uid of what it captures for, and is no agent of the DaemonSet', () => {
    const labels = { 'app.kubernetes.io/name': 'packet-capture', 'app.kubernetes.io/component': 'agent', team: 'net' };
    const { metadata, spec } = captureJob({ ...options, labels });
    expect(metadata.labels).toMatchObject({ 'pcapper.io/capture-uid': 'uid-c', 'app.kubernetes.io/name': 'packet-capture', team: 'net' });
    expect(spec.template.metadata.labels).toEqual(metadata.labels);
    expect(metadata.labels).not.toMatchObject(AGENT_LABELS);
    expect(captureJob({ ...options, labels: AGENT_LABELS }).spec.template.metadata.labels).not.toMatchObject(AGENT_LABELS);
  });
});

describe('the name of a Job', () => {
  it('is both parts, where that fits', () => {
    expect(captureJobName('web-1', 'qwer')).toBe('web-1-qwer');
    const longest = 'a'.repeat(58);
    expect(captureJobName(longest, 'qwer')).toBe(`${longest}-qwer`);
  });

  it('is shortened the same way every time, and differs where the whole does', () => {
    const stems = ['x', 'y'].map((end) => `${'web-'.repeat(30)}${end}`);
    const names = stems.map((stem) => captureJobName(stem, 'qwer'));
    expect(names).toEqual(stems.map((stem) => captureJobName(stem, 'qwer')));
    expect(new Set([...names, captureJobName(stems[0] ?? '', 'asdf')]).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^(?=.{1,63}$)[a-z0-9]+(-[a-z0-9]+)*-[0-9a-f]{8}-qwer$/);
  });

  it('has no dot before the hyphen where it is cut', () => {
    for (let length = 40; length < 80; length += 1) {
      expect(captureJobName(`${'a'.repeat(length)}.${'b'.repeat(40)}`, 'qwer')).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    }
  });
});
