import { describe, expect, it, test } from 'vitest';
import { configMapNames, wantedConfig } from '../../../src/operator/deployment-captures/config-map.ts';
import { copiedLabels } from '../../../src/operator/deployment-captures/copied-labels.ts';
import { jobNameOf } from '../../../src/operator/deployment-captures/job-of-pod.ts';

const long = (length: number) => 'a'.repeat(length);
const LABEL = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

describe('the name of a Job', () => {
  const named = (name: string, jobId = 'qwer') => jobNameOf({ jobId }, { name });

  it('is the Pod and the jobId', () => {
    expect(named('openshift-gitops-server-7d9c-x2z')).toBe('openshift-gitops-server-7d9c-x2z-qwer');
    expect(named(long(58))).toBe(`${long(58)}-qwer`);
  });

  it('that is too long is shortened the same way every time, and tells Pods and runs apart', () => {
    const names = [named(`${long(70)}-x`), named(`${long(70)}-y`), named(`${long(70)}-x`, 'asdf'), named(long(59)), named(`${long(48)}.-${long(30)}`)];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(name.length).toBeLessThanOrEqual(63);
      // Its Pods have it as a label.
      expect(name).toMatch(LABEL);
    }
    expect(names[0]).toBe('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-5381850d-qwer');
    expect(named(`${long(70)}-x`)).toBe(names[0]);
  });
});

describe('the names of a ConfigMap', () => {
  const names = (targetNamespace: string, targetDeployment: string) => configMapNames({ targetNamespace, targetDeployment });

  it('are the namespace and the Deployment, and another one for when that is taken', () => {
    const [plain, hashed] = names('openshift-gitops', 'openshift-gitops-server');
    expect(plain).toBe('openshift-gitops-openshift-gitops-server');
    expect(hashed).toMatch(/^openshift-gitops-openshift-gitops-server-[0-9a-f]{8}$/);
    expect(names('openshift-gitops', 'openshift-gitops-server')).toEqual([plain, hashed]);
  });

  it('of two Deployments that look the same differ by the hash', () => {
    const [[plain, hashed], [otherPlain, otherHashed]] = [names('a-b', 'c'), names('a', 'b-c')];
    expect(plain).toBe(otherPlain);
    expect(hashed).not.toBe(otherHashed);
  });

  it('fit into what Kubernetes allows', () => {
    const [only, ...none] = names(long(63), `${long(189)}.${long(60)}`);
    expect(none).toEqual([]);
    expect(only?.length).toBeLessThanOrEqual(253);
    expect(only).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    expect(names(long(63), long(189)).every((name) => name.length <= 253)).toBe(true);
  });
});

describe('labels', () => {
  const given = {
    'app.kubernetes.io/name': 'packet-capture',
    'app.kubernetes.io/instance': 'packet-capture-openshift-gitops-openshift-gitops-server',
    'app.kubernetes.io/part-of': 'packet-capture-operator',
    'app.kubernetes.io/managed-by': 'kustomize',
    'app.kubernetes.io/created-by': 'packet-capture-operator',
  };

  it('are copied, those five and no others', () => {
    expect(copiedLabels({ name: 'x', labels: { ...given, 'app.kubernetes.io/version': '1', team: 'blue' } })).toEqual(given);
  });

  it('have defaults; an instance is the name of the resource, shortened the same way every time', () => {
    expect(copiedLabels({ name: 'web', labels: {} })).toEqual({ ...given, 'app.kubernetes.io/instance': 'web', 'app.kubernetes.io/managed-by': 'pcapper-operator', 'app.kubernetes.io/created-by': 'pcapper-operator' });
    expect(copiedLabels({ name: 'web', labels: { 'app.kubernetes.io/instance': '' } })['app.kubernetes.io/instance']).toBe('');
    const [first, second] = [`${long(60)}.b-${long(30)}`, `${long(60)}.b-${long(31)}`].map((name) => copiedLabels({ name, labels: {} })['app.kubernetes.io/instance'] ?? '');
    expect(first).toMatch(LABEL);
    expect(second).toMatch(LABEL);
    expect(first).not.toBe(second);
  });
});

test('a ConfigMap has the labels of its oldest owner, and all as owners, in whatever order they are given', () => {
  const owner = (name: string, createdAt: string) => ({ name, uid: `uid-${name}`, createdAt, labels: { 'app.kubernetes.io/instance': name } });
  const [old, young] = [owner('old', '2026-01-31T12:00:00Z'), owner('young', '2026-01-31T12:00:01Z')];
  const target = { targetNamespace: 'shop', targetDeployment: 'web' };
  const wanted = wantedConfig(target, [young, old], { HOSTMOUNT: '/hostmount' });
  expect(wanted).toEqual(wantedConfig(target, [old, young], { HOSTMOUNT: '/hostmount' }));
  expect(wanted.labels).toMatchObject({ 'app.kubernetes.io/instance': 'old', 'app.kubernetes.io/component': 'capture-settings' });
  expect(wanted.owners).toEqual([old, young].map(({ name, uid }) => ({ apiVersion: 'monitoring.openshift.tpg/v1alpha1', kind: 'PacketCapture', name, uid })));
  expect(wanted.data).toEqual({ HOSTMOUNT: '/hostmount', TARGET_NAMESPACE: 'shop', TARGET_DEPLOYMENT: 'web' });
});
