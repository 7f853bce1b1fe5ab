import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { requires } from '../harness/requirements.ts';
import { AgentWorld } from './agent-world.ts';

const PINGS = 'icmp[icmptype] == icmp-echo or icmp[icmptype] == icmp-echoreply';

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('the surroundings of an agent', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it('see its health and its metrics', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const agent = await world.agent('n1', { METRICS: 'true' });
    const address = await agent.ready();
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    await eventually(async () => (await fetch(`${address}/readyz`)).status === 200);
    await world.capture('counted', 'web', { captureFilter: PINGS, maxPackets: 8 });
    await world.reaches('counted', 'running');
    await pod.ping(4);
    await world.reaches('counted', 'finished');
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(metrics).toContain('pcapper_captures_total{progress="finished",reason="PacketLimit"} 1\n');
    expect(metrics).toContain('pcapper_packets_captured_total 8\n');
    expect(metrics).toMatch(/pcapper_disk_bytes\{kind="free"\} \d+/);
  });

  it('may make it wait for its turn, and are told its place', async () => {
    await using world = new AgentWorld(api);
    await world.pod('n1', 'web');
    await world.agent('n1', { MAX_CONCURRENT_CAPTURES: '1' });
    await world.capture('first', 'web');
    await world.reaches('first', 'running');
    await world.capture('second', 'web');
    const waiting = await world.reaches('second', 'scheduled', ({ status }) => status?.message?.includes('place 1') ?? false);
    expect(waiting.status?.message).toContain('MAX_CONCURRENT_CAPTURES');
    await world.patch('first', { stop: true });
    await world.reaches('first', 'finished');
    await world.reaches('second', 'running');
  });
});
