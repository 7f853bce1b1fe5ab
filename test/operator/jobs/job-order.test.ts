import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/core/capture-request.ts';
import { readAgentsSettings } from '../../../src/operator/agents/agents-settings.ts';
import { captureJob } from '../../../src/operator/jobs/capture-job.ts';
import { orderedCapture } from '../../../src/operator/jobs/job-order.ts';

const target = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'pod-uid', cgroupUid: 'pod-uid', hostNetwork: false } as const;
const job = captureJob({
  name: 'c-1234',
  namespace: 'pcapper',
  serviceAccount: 'pcapper-agent',
  owner: { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', name: 'c', uid: 'uid-c' },
  node: 'n1.example',
  order: { request: { uid: 'uid-c', name: 'c', target, filter: 'icmp and "$$ $(HOSTMOUNT)"', limits: { ...DEFAULT_LIMITS } }, target },
  settings: readAgentsSettings({}, 'agent:1'),
});

test('a Job says what it captures, and where', () => {
  expect(orderedCapture(job as never)).toEqual({ node: 'n1.example', target });
});

test('what is no such Job says nothing', () => {
  const container = job.spec.template.spec.containers[0];
  const withEnv = (env: readonly object[]) => ({ ...job, spec: { ...job.spec, template: { spec: { ...job.spec.template.spec, containers: [{ ...container, env }] } } } });
  for (const other of [{}, { spec: {} }, withEnv([]), withEnv([{ name: 'CAPTURE_ORDER', value: '{' }])]) expect(orderedCapture(other as never)).toBeUndefined();
});
