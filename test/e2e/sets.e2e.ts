import { describe, expect, it } from 'vitest';
import type { PacketCaptureSetStatus } from '../../src/api/v1alpha1/index.ts';
import { childName } from '../../src/operator/sets/child.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { E2eWorld } from './world/e2e-world.ts';
import { CapturedWorkload, SETS } from './world/workload.ts';

describe('PacketCaptureSets', () => {
  it('do not take for theirs what somebody else has made under the name of one of their captures', async () => {
    await using world = await E2eWorld.open();
    const [node = ''] = await world.nodes();
    const web = await world.pod('web', node);
    const limits = { maxFileSize: '1M', fileCount: 2 };
    const { metadata } = await world.client.create(SETS, {
      apiVersion: 'pcapper.io/v1alpha1',
      kind: 'PacketCaptureSet',
      metadata: { name: 'chosen' },
      spec: { targetNamespace: world.namespace, selector: { matchLabels: { chosen: 'yes' } }, template: limits },
    });
    const taken = childName(metadata, web.uid);
    await world.capture(taken, { ...world.of({ name: 'never-there' }), ...limits });
    await world.kubectl.run('-n', world.namespace, 'label', 'pod', 'web', 'chosen=yes');
    const status = () => world.client.get(`${SETS}/chosen`).then((set) => (set as { status?: PacketCaptureSetStatus }).status ?? {});
    const covered = await eventually(async () => (await status()).conditions?.find(({ type, status: value }) => type === 'Covered' && value === 'False'), 120_000);
    expect(covered).toMatchObject({ reason: 'NameTaken', message: expect.stringContaining(taken) as string });
    await world.kubectl.run('-n', 'pcapper', 'delete', 'pktcap', taken);
    await eventually(async () => (await status()).captures?.some(({ podUID, progress }) => podUID === web.uid && progress === 'running'), 120_000);
  });

  for (const kind of ['Deployment', 'StatefulSet'] as const) {
    it(`follow a ${kind} through a restart and a scaling: old Pods' files are whole, new Pods are captured, sums are right`, async () => {
      await using world = await E2eWorld.open();
      const name = kind === 'Deployment' ? 'web' : 'db';
      const workload = await CapturedWorkload.create(world, kind, name, 4);
      const old = await workload.settled(4);
      const asker = await world.pod('asker', old[0]?.node ?? '');
      expect(new Set(old.map(({ node }) => node)).size, 'nodes').toBe(2);
      await workload.capture(name, { template: { captureFilter: ECHO_REQUEST, maxFileSize: '1M', fileCount: 2, captureSeconds: 900 } });

      await workload.captured(name, old, ({ progress }) => progress === 'running');
      for (const [index, pod] of old.entries()) await world.ping(asker, pod.address, 3 + index);
      // What the kernel has not handed over when a device is removed is lost.
      await workload.captured(name, old, ({ packets }) => (packets?.captured ?? 0) >= 3);
      await eventually(async () => (await workload.statusOf(name)).packets?.captured === 3 + 4 + 5 + 6, 60_000);
      await workload.restart();
      await workload.settled(4);
      await workload.scale(5);
      const young = await workload.settled(5);
      await workload.captured(name, young, ({ progress }) => progress === 'running');
      for (const pod of young) await world.ping(asker, pod.address, 10);
      const ended = await workload.captured(name, old, ({ progress }) => progress === 'finished');
      expect(ended.map(({ reason, packets }) => ({ reason, captured: packets?.captured }))).toEqual([3, 4, 5, 6].map((captured) => ({ reason: 'TargetGone', captured })));
      if (kind === 'StatefulSet') expect(young.map((pod) => pod.name)).toEqual(expect.arrayContaining(old.map((pod) => pod.name)));

      await workload.stop(name);
      await workload.captured(name, young, ({ progress }) => progress === 'finished');
      const status = await eventually(async () => {
        const present = await workload.statusOf(name);
        return present.progress === 'finished' ? present : undefined;
      }, 60_000);
      expect(status).toMatchObject({ packets: { captured: 18 + 50, dropped: 0 }, capturesTotal: { finished: 9, failure: 0, running: 0 } });
      for (const { name: capture, packets } of status.captures ?? []) {
        const { folder, files } = await world.copy(await world.get(capture));
        expect(await countPackets(folder, files, ECHO_REQUEST), capture).toBe(packets?.captured);
      }
    });
  }
});
