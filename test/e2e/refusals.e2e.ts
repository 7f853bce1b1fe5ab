import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ApiStatusError } from '../../src/adapters/kubernetes/index.ts';
import { validatePacketCapture } from '../../src/api/v1alpha1/index.ts';
import { packetCaptureSchema } from '../../src/api/v1alpha1/schema/packet-capture-schema.ts';
import { type Capture, CAPTURES } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { badCaptures, mistypedCaptures, type SpecCase } from '../api/v1alpha1/packet-capture-cases.ts';
import { ruleMessages } from '../api/v1alpha1/rule-messages.ts';
import { toldViolations } from '../api/v1alpha1/told-violations.ts';
import { countPackets } from '../harness/packet-count.ts';
import { agentsAreRolled, install } from './install.ts';
import { E2eWorld } from './world/e2e-world.ts';
import { describeOnLocalCluster } from './world/local-parts.ts';
import { RoomyDisk } from './world/roomy-disk.ts';
import { withoutRules } from './world/without-rules.ts';

describe('disk', () => {
  it('a capture that asks for more than there is fails, with the numbers in its status and in an Event', async () => {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    const web = await world.pod('web', node);
    await world.capture('greedy', { ...world.of(web), maxFileSize: '1G', fileCount: 10 });
    const capture = await world.reaches('greedy', 'failure');
    expect(capture.status?.reason).toBe('DiskBudgetExceeded');
    expect(capture.status?.message).toMatch(/asks for 10 GB, but of MAX_TOTAL_FILESIZE 256 MB \S+ \S+ are used and \S+ \S+ reserved/);
    const told = await eventually(async () => (await world.events(capture)).find(({ reason }) => reason === 'Failure'));
    expect(told.type).toBe('Warning');
    expect(told.note).toContain(capture.status?.message?.slice(0, 100));
  });
});

/** What deploy/install.yaml has set in the ConfigMap; `null`, as a patch takes it: nothing. */
async function shippedSettings(): Promise<object | null> {
  const manifests = parseAllDocuments(await readFile('deploy/install.yaml', 'utf8')).map((document) => document.toJS() as { kind: string; data?: object });
  return manifests.find(({ kind }) => kind === 'ConfigMap')?.data ?? null;
}

describeOnLocalCluster('settings and limits as they are shipped', (parts) => {
  afterAll(() => install(inject('cluster')));

  it('let ten captures in on a node; the eleventh is refused with the numbers, and the ten go on', async () => {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    // 10G for captures, and 20G that stay free.
    await using _disk = await RoomyDisk.mount(parts, node, '/hostmount', '40G');
    const [web, other] = await Promise.all([world.pod('web', node), world.pod('other', node)]);
    const kubectl = (...argv: readonly string[]) => world.kubectl.run('-n', 'pcapper', ...argv);
    await kubectl('patch', 'configmap', 'pcapper-config', '--type=merge', '-p', JSON.stringify({ data: await shippedSettings() }));
    await agentsAreRolled(kubectl, { maxTotalFilesize: '10G' });
    expect(await kubectl('get', 'daemonset', 'pcapper', '-o', 'jsonpath={..env[?(@.name=="MIN_FREE_DISK")].value}')).toBe('20G');

    const names = Array.from({ length: 11 }, (_, index) => `shipped-${index + 1}`);
    const running = names.slice(0, 10);
    for (const name of running) {
      await world.make(name, world.of(web));
      await world.reaches(name, 'running');
    }
    await world.make('shipped-11', world.of(web));
    const refused = await world.reaches('shipped-11', 'failure');
    expect(refused.status).toMatchObject({ node, reason: 'DiskBudgetExceeded' });
    expect(refused.status?.message).toMatch(/asks for 994 MB, but of MAX_TOTAL_FILESIZE 10 GB \S+ \S+ are used and 9\.9 GB reserved/);
    const told = await eventually(async () => (await world.events(refused)).find(({ reason }) => reason === 'Failure'));
    expect(told).toMatchObject({ type: 'Warning', note: expect.stringContaining('MAX_TOTAL_FILESIZE 10 GB') as string });

    await world.ping(other, web.address, 10);
    for (const name of running) await world.patch(name, { stop: true });
    for (const name of running) {
      const capture = await world.reaches(name, 'finished');
      expect(capture.status, name).toMatchObject({ reason: 'Stopped', packets: { dropped: 0 } });
      const { folder, files } = await world.copy(capture);
      expect(await countPackets(folder, files, 'icmp'), name).toBe(20);
    }
  });
});

describeOnLocalCluster('a disk that others fill', () => {
  it('ends captures, whose files are kept and whole', async () => {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    const [web, other] = await Promise.all([world.pod('web', node), world.pod('other', node)]);
    await world.capture('crowded-out', { ...world.of(web), captureFilter: 'icmp' });
    await world.reaches('crowded-out', 'running');
    await world.ping(other, web.address, 10);
    await world.reaches('crowded-out', 'running', ({ status }) => status?.packets?.captured === 20);
    const free = Number((await world.inAgent(node, 'stat', '--file-system', '--format=%a', '/hostmount')).trim()) * Number((await world.inAgent(node, 'stat', '--file-system', '--format=%S', '/hostmount')).trim());
    try {
      await world.inAgent(node, 'fallocate', '--length', String(free - 50_000_000), '/hostmount/others.bin');
      const capture = await world.reaches('crowded-out', 'failure');
      expect(capture.status?.reason).toBe('DiskFilled');
      expect(capture.status?.message).toContain('MIN_FREE_DISK');
      const { folder, files } = await world.copy(capture);
      expect(await countPackets(folder, files)).toBe(20);
    } finally {
      await world.inAgent(node, 'rm', '-f', '/hostmount/others.bin');
    }
  });
});

const MESSAGES = ruleMessages(packetCaptureSchema);

/** What the API server has against a spec: the words of the rules that it breaks. */
async function refusalOf(world: E2eWorld, spec: unknown): Promise<readonly string[]> {
  const error = await world.make('bad', spec, { dryRun: 'All' }).then(() => undefined, (refusal: unknown) => refusal);
  if (!ApiStatusError.is(error)) throw new Error(`not refused: ${JSON.stringify(spec).slice(0, 500)}`, { cause: error });
  return toldViolations(error.status, MESSAGES).map((violation) => violation.slice(violation.indexOf(': ') + 2));
}

/** The same of a Pod and a node that there are: a spec that names its target is refused by the agent that has it. */
function onRealTargets(spec: unknown, targets: Readonly<Record<string, string>>): unknown {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return spec;
  return Object.fromEntries(Object.entries(spec).map(([field, value]) => [field, typeof value === 'string' ? (targets[value] ?? value) : (value as unknown)]));
}

describe('specs that are invalid', () => {
  afterAll(() => install(inject('cluster')));

  it('are refused by the agents in the same words, when the rules are taken out of the CRD', async () => {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    const { name: web } = await world.pod('web', node);
    const real = ({ spec }: SpecCase) => onRealTargets(spec, { shop: world.namespace, 'web-1': web, n1: node });
    const broken = await Promise.all(badCaptures.map(async (bad) => ({ name: bad.name, spec: real(bad), words: await refusalOf(world, real(bad)) })));
    // Of a wrong type the API server speaks in words of its own.
    const cases = [...broken, ...mistypedCaptures.map((bad) => ({ name: bad.name, spec: real(bad), words: [] }))];

    await withoutRules(world, async () => {
      await Promise.all(cases.map(({ spec }, index) => world.make(`bad-${index}`, spec)));
      const refused = await eventually(async () => {
        const { items } = await world.client.list<Capture>(CAPTURES);
        const left = items.filter(({ status }) => status?.progress !== 'failure');
        return left.length === 0 ? new Map(items.map((capture) => [capture.metadata.name, capture])) : undefined;
      }, 240_000);
      expect(refused.size).toBe(cases.length);
      for (const [index, { name, words }] of cases.entries()) {
        const { status } = refused.get(`bad-${index}`) ?? {};
        expect(status?.reason, name).toBe('RequestInvalid');
        for (const message of words) expect(status?.message, name).toContain(message);
        expect(status?.conditions, name).toContainEqual(expect.objectContaining({ type: 'Accepted', status: 'False', message: status?.message }));
      }
      // Of so many at once an agent may drop the Events of the oldest.
      const { capture, told } = await eventually(async () => {
        for (const capture of refused.values()) {
          const told = (await world.events(capture)).find(({ type }) => type === 'Warning');
          if (told) return { capture, told };
        }
        return undefined;
      });
      expect(told.note).toContain(capture.status?.message?.slice(0, 100));
    });
  });

  it('are refused by the API server, with what is allowed', async () => {
    await using world = await E2eWorld.open();
    for (const { name, spec } of badCaptures) {
      const object = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name: 'bad' }, spec };
      const expected = validatePacketCapture(object).map(({ message }) => message);
      expect(expected, name).not.toEqual([]);
      const refusal = await world.client.create('/apis/pcapper.io/v1alpha1/namespaces/pcapper/packetcaptures', object).then(() => 'accepted', (error: unknown) => String(error));
      for (const message of expected) expect(refusal, name).toContain(message);
    }
  });

  it('are told to a user of kubectl in plain words', async () => {
    await using world = await E2eWorld.open();
    await expect(
      world.kubectl.apply({ apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name: 'bad', namespace: 'pcapper' }, spec: { targetPod: 'web', captureSeconds: 'ten' } }),
    ).rejects.toThrow(/captureSeconds.*whole number/s);
  });
});
