import type { BadCase, GoodCase, SpecCase } from '../v1alpha1/packet-capture-cases.ts';

const qwer = { jobId: 'qwer', targetNamespace: 'shop', targetDeployment: 'web', duration: '30' };
const long = (length: number) => 'a'.repeat(length);

export const goodDeployments: readonly GoodCase[] = [
  { name: 'a Deployment', spec: qwer, stored: qwer },
  { name: 'a jobId of digits', spec: { ...qwer, jobId: '0123' } },
  { name: 'the shortest', spec: { ...qwer, duration: '1' } },
  { name: 'the longest', spec: { ...qwer, duration: '604800' } },
  { name: 'seconds as a number', spec: { ...qwer, duration: 30 } },
  { name: 'long names', spec: { ...qwer, targetNamespace: long(63), targetDeployment: `${long(126)}.${long(126)}` } },
];

export const badDeployments: readonly BadCase[] = [
  ...['', 'qwe', 'qwert', 'Qwer', 'qw-r', 'qwé1', '-qwe', 'qwe\n'].map((jobId) => ({
    name: `the jobId ${JSON.stringify(jobId)}`,
    spec: { ...qwer, jobId },
    paths: ['spec.jobId'],
  })),
  ...['', '0', '-1', '604801', '30s', '1.5', ' 30', '1e3', 'for ever', 0, 604_801].map((duration) => ({
    name: `the duration ${JSON.stringify(duration)}`,
    spec: { ...qwer, duration },
    paths: ['spec.duration'],
  })),
  ...['', 'Shop', 'a.b', long(64)].map((targetNamespace) => ({
    name: `the namespace ${JSON.stringify(targetNamespace)}`,
    spec: { ...qwer, targetNamespace },
    paths: ['spec.targetNamespace'],
  })),
  ...['', 'Web', 'web-', 'a..b', long(254)].map((targetDeployment) => ({
    name: `the Deployment ${JSON.stringify(targetDeployment)}`,
    spec: { ...qwer, targetDeployment },
    paths: ['spec.targetDeployment'],
  })),
  { name: 'several mistakes', spec: { ...qwer, jobId: 'q', duration: 'x' }, paths: ['spec.duration', 'spec.jobId'] },
];

export const mistypedDeployments: readonly SpecCase[] = [
  ...Object.keys(qwer).map((missing) => ({
    name: `no ${missing}`,
    spec: Object.fromEntries(Object.entries(qwer).filter(([field]) => field !== missing)),
  })),
  { name: 'a jobId that is a number', spec: { ...qwer, jobId: 1234 } },
  { name: 'a list of Deployments', spec: { ...qwer, targetDeployment: ['web'] } },
  { name: 'no spec', spec: undefined },
];
