export interface SpecCase {
  readonly name: string;
  readonly spec: unknown;
}

/** Accepted by the API server and by the validator alike. */
export interface GoodCase extends SpecCase {
  /** Fields that are to be stored, beside those that are given. */
  readonly stored?: Readonly<Record<string, unknown>>;
}

/** Refused with one message for each of these paths. */
export interface BadCase extends SpecCase {
  readonly paths: readonly string[];
}

const pod = { targetNamespace: 'shop', targetPod: 'web-1' };
const long = (length: number) => 'a'.repeat(length);

export const goodCaptures: readonly GoodCase[] = [
  {
    name: 'a Pod and nothing else',
    spec: pod,
    stored: { captureSeconds: 600, maxFileSize: '100M', fileCount: 10, snapLength: 262_144, stop: false, retainFiles: false },
  },
  { name: 'a Pod with a device', spec: { ...pod, targetInterface: 'net1' } },
  { name: 'a Pod of one uid', spec: { ...pod, targetPodUID: '0f7b3a52-6a5c-4c0e-9a53-0d6c6f0f2c11' } },
  { name: 'an interface of a node', spec: { targetNode: 'n1.example.org', targetInterface: 'eth0.100' } },
  { name: 'any', spec: { targetNode: 'n1', targetInterface: 'any' } },
  { name: 'the shortest', spec: { ...pod, captureSeconds: 1, maxFileSize: '1M', fileCount: 1, maxPackets: 1, snapLength: 1, ttlSecondsAfterFinished: 0 } },
  {
    name: 'the longest',
    spec: {
      ...pod,
      captureSeconds: 604_800,
      maxFileSize: '10G',
      fileCount: 1000,
      maxPackets: 2_147_483_647,
      snapLength: 262_144,
      ttlSecondsAfterFinished: 2_147_483_647,
    },
  },
  {
    name: 'numbers as strings',
    spec: { ...pod, captureSeconds: '30', maxFileSize: '5000000', fileCount: '007', maxPackets: '100', snapLength: '96', ttlSecondsAfterFinished: '60' },
  },
  ...['1000k', '977Ki', '0.953674316407Mi', '9.31Gi', '1e6', '1E10', '+1M', '1.5G', '.5G', '5.M', '0.01T', '0.00001P', '1.15G', '10000000000'].map(
    (maxFileSize) => ({ name: `maxFileSize ${maxFileSize}`, spec: { ...pod, maxFileSize } }),
  ),
  { name: 'maxFileSize in bytes', spec: { ...pod, maxFileSize: 10_000_000_000 } },
  { name: 'names of the greatest length', spec: { targetNamespace: long(63), targetPod: `${long(63)}.${long(189)}`, targetInterface: long(15) } },
  { name: 'a filter of 4096 bytes', spec: { ...pod, captureFilter: `${long(4094)}é` } },
  { name: 'a filter over several lines', spec: { ...pod, captureFilter: 'tcp\n\tport 443\r\n' } },
  { name: 'an empty filter', spec: { ...pod, captureFilter: '' } },
  { name: 'null for what has a default', spec: { ...pod, captureSeconds: null, stop: null }, stored: { captureSeconds: 600, stop: false } },
  { name: 'null for what has none', spec: { ...pod, targetNode: null, captureFilter: null, maxPackets: null } },
];

const badNumbers = (field: string, values: readonly unknown[]): readonly BadCase[] =>
  values.map((value) => ({ name: `${field} ${JSON.stringify(value)}`, spec: { ...pod, [field]: value }, paths: [`spec.${field}`] }));

const nonsense = ['', ' ', 'ten', '1 ', ' 1', '1\n', '-1', '+1', '1.0', '1e1', '0x10', '١', '9999999999999999999999', '10s', 9_007_199_254_740_991];

export const badCaptures: readonly BadCase[] = [
  { name: 'no target', spec: {}, paths: ['spec'] },
  { name: 'a Pod without a namespace', spec: { targetPod: 'web-1' }, paths: ['spec'] },
  { name: 'a namespace without a Pod', spec: { targetNamespace: 'shop' }, paths: ['spec'] },
  { name: 'a node without an interface', spec: { targetNode: 'n1' }, paths: ['spec'] },
  { name: 'an interface of nothing', spec: { targetInterface: 'eth0' }, paths: ['spec'] },
  { name: 'both targets', spec: { ...pod, targetNode: 'n1', targetInterface: 'eth0' }, paths: ['spec'] },
  { name: 'a node and half a Pod', spec: { targetPod: 'web-1', targetNode: 'n1', targetInterface: 'eth0' }, paths: ['spec'] },
  { name: 'a node and the uid of a Pod', spec: { targetNode: 'n1', targetInterface: 'eth0', targetPodUID: 'u' }, paths: ['spec'] },
  { name: 'the uid of a Pod and nothing else', spec: { targetPodUID: 'u' }, paths: ['spec'] },
  { name: 'a node and a namespace', spec: { targetNamespace: 'shop', targetNode: 'n1', targetInterface: 'eth0' }, paths: ['spec'] },

  ...['', '..', '../x', 'Web', 'a%b', 'é', 'a_b', '-a', 'a-', 'a..b', '.a', 'a.', 'a\n', 'a b', '$(id)', long(254)].flatMap((name) => [
    { name: `targetPod ${JSON.stringify(name).slice(0, 20)}`, spec: { ...pod, targetPod: name }, paths: ['spec.targetPod'] },
    {
      name: `targetNode ${JSON.stringify(name).slice(0, 20)}`,
      spec: { targetNode: name, targetInterface: 'eth0' },
      paths: ['spec.targetNode'],
    },
    {
      name: `targetNamespace ${JSON.stringify(name).slice(0, 20)}`,
      spec: { ...pod, targetNamespace: name },
      paths: ['spec.targetNamespace'],
    },
  ]),
  { name: 'a namespace with a dot', spec: { ...pod, targetNamespace: 'a.b' }, paths: ['spec.targetNamespace'] },
  { name: 'a namespace of 64 characters', spec: { ...pod, targetNamespace: long(64) }, paths: ['spec.targetNamespace'] },

  ...['', '-i', 'eth%d', 'eth0 lo', 'a/b', 'a:b', 'еth0', 'eth0\n', long(16), '1', '0042', '.', '..', 'nflog', 'nfqueue', 'usbmon1', 'bluetooth0', 'dbus-system'].map(
    (device) => ({ name: `targetInterface ${JSON.stringify(device)}`, spec: { ...pod, targetInterface: device }, paths: ['spec.targetInterface'] }),
  ),
  {
    name: 'a number of 16 digits as targetInterface',
    spec: { ...pod, targetInterface: '1234567890123456' },
    paths: ['spec.targetInterface', 'spec.targetInterface'],
  },

  ...['', '-u', 'a b', 'a/b', 'u\n', '$(id)', 'é', long(129)].map((uid) => ({
    name: `targetPodUID ${JSON.stringify(uid).slice(0, 20)}`,
    spec: { ...pod, targetPodUID: uid },
    paths: ['spec.targetPodUID'],
  })),

  ...badNumbers('captureSeconds', [0, -1, 604_801, '0', '604801', ...nonsense]),
  ...badNumbers('fileCount', [0, 1001, '0', '1001', ...nonsense]),
  ...badNumbers('maxPackets', [0, 2_147_483_648, '0', '2147483648', ...nonsense]),
  ...badNumbers('snapLength', [0, 262_145, '0', '262145', ...nonsense]),
  ...badNumbers('ttlSecondsAfterFinished', [-1, 2_147_483_648, '2147483648', ...nonsense]),
  ...badNumbers('maxFileSize', [
    ...[0, -1, 999_999, 10_000_000_001, '', ' ', '1', '999999', '0.9M', '976Ki', '10.1G', '9.4Gi', '10000000001', '1Ti', '1E', '1Ei', '0.00000001E'],
    ...['1000000000m', '-1M', '1 M', '1M ', '1M\n', '1MB', '1m', 'M', '.', '+', '1e', '1e+', '0x1', 'NaN', 'Infinity', '100 M', '0.95367431640625Mi', '10.00000000000000000001G'],
  ]),

  { name: 'a filter of 4097 bytes', spec: { ...pod, captureFilter: `${long(4095)}é` }, paths: ['spec.captureFilter'] },
  { name: 'a filter of 300,000 bytes', spec: { ...pod, captureFilter: long(300_000) }, paths: ['spec.captureFilter'] },
  { name: 'a filter with NUL', spec: { ...pod, captureFilter: 'tcp\0udp' }, paths: ['spec.captureFilter'] },
  { name: 'a filter with escapes', spec: { ...pod, captureFilter: 'tcp\x1b[2J' }, paths: ['spec.captureFilter'] },
  {
    name: 'everything at once',
    spec: { targetPod: 'A', targetInterface: '1', captureSeconds: 0, fileCount: 'x', maxFileSize: '1', maxPackets: 0, snapLength: 0 },
    paths: ['spec.captureSeconds', 'spec.fileCount', 'spec.maxFileSize', 'spec.maxPackets', 'spec.snapLength', 'spec.targetInterface', 'spec.targetPod', 'spec'],
  },
];

/** Of the wrong type: the API server refuses them in its own words. */
export const mistypedCaptures: readonly SpecCase[] = [
  ...(['captureSeconds', 'fileCount', 'maxPackets', 'snapLength', 'ttlSecondsAfterFinished', 'maxFileSize'] as const).flatMap((field) =>
    [true, 1.5, 1e21, [], {}].map((value) => ({ name: `${field} ${JSON.stringify(value)}`, spec: { ...pod, [field]: value } })),
  ),
  ...(['targetPod', 'targetPodUID', 'targetNamespace', 'targetInterface', 'captureFilter'] as const).flatMap((field) =>
    [1, true, [], {}].map((value) => ({ name: `${field} ${JSON.stringify(value)}`, spec: { ...pod, [field]: value } })),
  ),
  ...(['stop', 'retainFiles'] as const).flatMap((field) =>
    ['true', 1, [], {}].map((value) => ({ name: `${field} ${JSON.stringify(value)}`, spec: { ...pod, [field]: value } })),
  ),
  { name: 'a text as spec', spec: 'tcp' },
  { name: 'a list as spec', spec: [] },
  { name: 'null as spec', spec: null },
  { name: 'no spec', spec: undefined },
];
