import type { BadCase, GoodCase, SpecCase } from './packet-capture-cases.ts';

const targetNamespace = 'shop';
const targetRef = { kind: 'Deployment', name: 'web' };
const selecting = (selector: unknown) => ({ targetNamespace, selector });
const requiring = (requirement: unknown) => selecting({ matchExpressions: [requirement] });
const long = (length: number) => 'a'.repeat(length);

export const goodSets: readonly GoodCase[] = [
  {
    name: 'a Deployment and nothing else',
    spec: { targetNamespace, targetRef },
    stored: {
      template: { captureSeconds: 600, maxFileSize: '100M', fileCount: 10, snapLength: 262_144 },
      maxPods: 32,
      stop: false,
      retainFiles: false,
    },
  },
  { name: 'a StatefulSet', spec: { targetNamespace, targetRef: { kind: 'StatefulSet', name: 'db' } } },
  { name: 'a DaemonSet', spec: { targetNamespace, targetRef: { kind: 'DaemonSet', name: 'cni' } } },
  { name: 'every Pod', spec: selecting({}) },
  { name: 'labels', spec: selecting({ matchLabels: { app: 'web', 'app.kubernetes.io/part-of': '', [`${long(253)}/${long(63)}`]: long(63) } }) },
  {
    name: 'expressions',
    spec: selecting({
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b_c.d'] },
        { key: 'tier', operator: 'NotIn', values: [''] },
        { key: 'x.y/tier', operator: 'Exists' },
        { key: 'tier', operator: 'DoesNotExist', values: [] },
      ],
    }),
  },
  { name: 'the fewest Pods', spec: { targetNamespace, targetRef, maxPods: 1 } },
  { name: 'the most Pods', spec: { targetNamespace, targetRef, maxPods: '100' } },
  {
    name: 'limits',
    spec: { targetNamespace, targetRef, template: { targetInterface: 'any', captureSeconds: '5', captureFilter: 'udp', maxPackets: 3 } },
  },
];

export const badSets: readonly BadCase[] = [
  { name: 'nobody', spec: { targetNamespace }, paths: ['spec'] },
  { name: 'both', spec: { targetNamespace, targetRef, selector: {} }, paths: ['spec'] },
  { name: 'a namespace that is none', spec: { targetNamespace: 'A', targetRef }, paths: ['spec.targetNamespace'] },
  { name: 'a name that is none', spec: { targetNamespace, targetRef: { kind: 'Deployment', name: '../x' } }, paths: ['spec.targetRef.name'] },
  {
    name: 'limits',
    spec: { targetNamespace, targetRef, template: { targetInterface: '1', captureSeconds: 0, maxFileSize: '1', fileCount: '0', maxPackets: 0, snapLength: 0 } },
    paths: ['captureSeconds', 'fileCount', 'maxFileSize', 'maxPackets', 'snapLength', 'targetInterface'].map((field) => `spec.template.${field}`),
  },
  ...[0, -1, 101, '101', '', 'all', '1.5'].map((maxPods) => ({ name: `maxPods ${JSON.stringify(maxPods)}`, spec: { targetNamespace, targetRef, maxPods }, paths: ['spec.maxPods'] })),
  { name: 'an interface', spec: { targetNamespace, targetRef, template: { targetInterface: 'a b' } }, paths: ['spec.template.targetInterface'] },
  { name: 'a filter', spec: { targetNamespace, targetRef, template: { captureFilter: '\0' } }, paths: ['spec.template.captureFilter'] },
  { name: 'a long filter', spec: { targetNamespace, targetRef, template: { captureFilter: long(4097) } }, paths: ['spec.template.captureFilter'] },
  { name: 'a lifetime', spec: { targetNamespace, targetRef, ttlSecondsAfterFinished: '-1' }, paths: ['spec.ttlSecondsAfterFinished'] },
  ...['', '-a', 'a/b/c', '/a', 'A/a', 'a..b/c', 'a b', long(64)].flatMap((key) => [
    { name: `the label ${JSON.stringify(key)}`, spec: selecting({ matchLabels: { [key]: 'x' } }), paths: ['spec.selector.matchLabels'] },
    {
      name: `the key ${JSON.stringify(key)}`,
      spec: requiring({ key, operator: 'Exists' }),
      paths: ['spec.selector.matchExpressions[0].key'],
    },
  ]),
  ...['-', 'a b', 'a/b', long(64)].flatMap((value) => [
    { name: `the label's value ${JSON.stringify(value)}`, spec: selecting({ matchLabels: { app: value } }), paths: ['spec.selector.matchLabels[app]'] },
    {
      name: `the value ${JSON.stringify(value)}`,
      spec: requiring({ key: 'app', operator: 'In', values: ['a', value] }),
      paths: ['spec.selector.matchExpressions[0].values[1]'],
    },
  ]),
  ...['In', 'NotIn'].flatMap((operator) => [
    { name: `${operator} nothing`, spec: requiring({ key: 'app', operator }), paths: ['spec.selector.matchExpressions[0]'] },
    { name: `${operator} no value`, spec: requiring({ key: 'app', operator, values: [] }), paths: ['spec.selector.matchExpressions[0]'] },
  ]),
  ...['Exists', 'DoesNotExist'].map((operator) => ({
    name: `${operator} with a value`,
    spec: requiring({ key: 'app', operator, values: ['a'] }),
    paths: ['spec.selector.matchExpressions[0]'],
  })),
];

export const mistypedSets: readonly SpecCase[] = [
  { name: 'no namespace', spec: { targetRef } },
  { name: 'another kind', spec: { targetNamespace, targetRef: { kind: 'Job', name: 'x' } } },
  { name: 'no kind', spec: { targetNamespace, targetRef: { name: 'x' } } },
  { name: 'no name', spec: { targetNamespace, targetRef: { kind: 'Deployment' } } },
  { name: 'another operator', spec: requiring({ key: 'app', operator: 'Like', values: ['a'] }) },
  { name: 'too many labels', spec: selecting({ matchLabels: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${i}`, 'x'])) }) },
  { name: 'a list as template', spec: { targetNamespace, targetRef, template: [] } },
  { name: 'no spec', spec: undefined },
];
