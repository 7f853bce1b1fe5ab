import { describe, expect, it } from 'vitest';
import { validatePacketCapture } from '../../src/api/v1alpha1/index.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { badCaptures } from '../api/v1alpha1/packet-capture-cases.ts';
import { countPackets } from '../harness/packet-count.ts';
import { E2eWorld } from './world/e2e-world.ts';
import { describeOnLocalCluster } from './world/local-parts.ts';

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

describe('specs that are invalid', () => {
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
