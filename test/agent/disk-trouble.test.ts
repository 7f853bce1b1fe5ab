import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { execa } from 'execa';
import { mountTmpfs } from '../adapters/disk/mounts.ts';
import { cleanUp } from '../adapters/disk/scratch-folder.ts';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { countPackets } from '../harness/packet-count.ts';
import { requires } from '../harness/requirements.ts';
import { AgentWorld, fileNames } from './agent-world.ts';

/** Nothing can be made or replaced there any more; files that are open are written on. */
async function shieldFromWriting(path: string): Promise<() => Promise<unknown>> {
  await execa('mount', ['--bind', path, path]);
  let lifting: Promise<unknown> | undefined;
  const lift = () => (lifting ??= execa('umount', ['--lazy', path]));
  cleanUp(lift);
  await execa('mount', ['-o', 'remount,bind,ro', path]);
  return lift;
}

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('an agent whose disk gives out', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it('tells the end of a capture although its hostmount became read-only, and ends when told', async () => {
    await using world = new AgentWorld(api);
    const HOSTMOUNT = await mountTmpfs(64e6);
    const pod = await world.pod('n1', 'web');
    const agent = await world.agent('n1', { HOSTMOUNT, MIN_FREE_DISK: '1M' });
    await world.capture('shielded', 'web', { captureFilter: 'icmp' });
    await world.reaches('shielded', 'running');
    await pod.ping(5);
    const letWrite = await shieldFromWriting(HOSTMOUNT);
    await world.patch('shielded', { stop: true });
    const told = await world.reaches('shielded', 'finished');
    expect(told.status).toMatchObject({ reason: 'Stopped', packets: { captured: 10 } });
    expect(await countPackets(HOSTMOUNT, fileNames(told))).toBe(10);
    expect(await agent.end('SIGTERM')).toBe(0);

    await letWrite();
    await world.agent('n1', { HOSTMOUNT, MIN_FREE_DISK: '1M' });
    await api.delete('shielded');
    await eventually(async () => (await execa('ls', [HOSTMOUNT])).stdout === '');
  });

  it('ends a capture when the disk is full to the last byte, though nothing was to stay free, and tells what its files hold', async () => {
    await using world = new AgentWorld(api);
    const HOSTMOUNT = await mountTmpfs(12e6);
    const pod = await world.pod('n1', 'web');
    await world.agent('n1', { HOSTMOUNT, MIN_FREE_DISK: '0' });
    await world.capture('full', 'web', { captureFilter: 'udp port 9' });
    await world.reaches('full', 'running');
    const sending = pod.sendUdp(3_000, { bytes: 200, pauseMs: 1 });
    await eventually(() => statSync(join(HOSTMOUNT, readdirSync(HOSTMOUNT).find((name) => name.endsWith('.pcap0')) ?? '')).size > 10_000);
    await execa('dd', ['if=/dev/zero', `of=${HOSTMOUNT}/other`, 'bs=1M'], { reject: false });
    const { status, ...capture } = await world.reaches('full', 'failure');
    expect(status).toMatchObject({ reason: 'DiskFilled' });
    await sending;
    const held = await countPackets(HOSTMOUNT, fileNames({ ...capture, status: status ?? {} }));
    expect(held).toBeLessThan(status?.packets?.captured ?? 0);
    expect(status?.message).toContain(`files hold ${held}.`);
  });
});
