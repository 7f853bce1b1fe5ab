import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import type { AgentProcess, LogLine } from '../harness/agent-process.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { requires } from '../harness/requirements.ts';
import { AgentWorld, fileNames } from './agent-world.ts';

const PINGS = 'icmp[icmptype] == icmp-echo or icmp[icmptype] == icmp-echoreply';

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('an agent whose CRD', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  /** Several looks at everything, and more than the grace period of a deletion. */
  const longEnough = async () => {
    const since = performance.now();
    await eventually(() => performance.now() - since > 6_000);
  };
  const packetsOnDisk = (world: AgentWorld) => countPackets(world.hostmount.path, world.pcapFiles, ECHO_REQUEST).catch(() => 0);
  const hasRemoved = (agent: AgentProcess) => agent.log.some(({ msg }) => msg.includes('files were removed'));

  it('is not served for a while goes on capturing, ends by itself, and reports when it is served again', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const agent = await world.agent('n1', { SCAN_INTERVAL: '1' });
    await world.capture('unserved', 'web', { captureFilter: PINGS, maxPackets: 12 });
    await world.capture('unserved-running', 'web', { captureFilter: PINGS });
    await world.reaches('unserved', 'running');
    await world.reaches('unserved-running', 'running');
    await api.serve(false);
    try {
      await pod.ping(6);
      await eventually(async () => (await packetsOnDisk(world)) === 12);
      await longEnough();
      expect(await packetsOnDisk(world)).toBe(12);
      expect(hasRemoved(agent)).toBe(false);
    } finally {
      await api.serve(true);
    }
    const capture = await world.reaches('unserved', 'finished');
    expect(capture.status).toMatchObject({ reason: 'PacketLimit', packets: { captured: 12 } });
    expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST)).toBe(6);
    await pod.ping(3);
    await world.patch('unserved-running', { stop: true });
    const other = await world.reaches('unserved-running', 'finished');
    expect(other.status).toMatchObject({ reason: 'Stopped', packets: { captured: 18 } });
    expect(other.status?.gaps ?? []).toEqual([]);
    expect(await countPackets(world.hostmount.path, fileNames(other), ECHO_REQUEST)).toBe(9);
  });

  it('is deleted and made again removes no file that went with it, nor does the next agent; what is made anew is captured, and gone when it is deleted', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const agent = await world.agent('n1', { SCAN_INTERVAL: '1' });
    await world.capture('orphan', 'web', { captureFilter: PINGS });
    await world.reaches('orphan', 'running');
    const filesOf = (name: string) => world.pcapFiles.filter((file) => file.startsWith(`n1.${name}.`));
    await api.uninstall();
    try {
      await pod.ping(3);
      await eventually(async () => (await packetsOnDisk(world)) === 3);
      await longEnough();
      expect(hasRemoved(agent)).toBe(false);
    } finally {
      await api.install();
    }
    const isKept = ({ capture, msg }: LogLine) => capture === 'orphan' && msg === 'it went with its CRD: its files are kept';
    await agent.logged(isKept);
    const anew = await world.capture('anew', 'web', { captureFilter: PINGS, maxPackets: 2 });
    await world.reaches('anew', 'running');
    await pod.ping(1);
    const { metadata } = await world.reaches('anew', 'finished');
    expect(metadata.uid).toBe(anew.metadata.uid);
    await api.delete('anew');
    await eventually(() => filesOf('anew').length === 0, 60_000);

    await agent.end();
    const next = await world.agent('n1', { SCAN_INTERVAL: '1' });
    await next.logged(isKept);
    await longEnough();
    expect(await countPackets(world.hostmount.path, filesOf('orphan'), ECHO_REQUEST)).toBe(4);
  });
});
