import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { ApiProxy } from '../faults/api-proxy.ts';
import type { PassingCall, Trouble } from '../faults/api-trouble.ts';
import { StatusHistory } from '../faults/status-history.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { requires } from '../harness/requirements.ts';
import { AgentWorld, fileNames } from './agent-world.ts';

const PINGS = 'icmp[icmptype] == icmp-echo or icmp[icmptype] == icmp-echoreply';

const tellsEnd = ({ method, path, body }: PassingCall) => method === 'PATCH' && path.endsWith('/status') && body.includes('"progress":"finished"');

const TROUBLES: readonly (readonly [string, Trouble, timesMet: number])[] = [
  ['is refused with 500', { kind: 'refusal', status: 500 }, 10],
  ['is refused with 409', { kind: 'refusal', status: 409 }, 10],
  ['is reset', { kind: 'reset' }, 10],
  // The next one finds it written.
  ['is carried out, its answer lost', { kind: 'lose-answer' }, 1],
];

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('an end whose status write, ten times,', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it.each(TROUBLES)('%s: is told once, as it is', async (_, trouble, timesMet) => {
    await using proxy = await ApiProxy.start({ kubeconfig: api.server.kubeconfig });
    await using history = new StatusHistory(api.server);
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const agent = await world.agent('n1', { KUBECONFIG: proxy.kubeconfig, SCAN_INTERVAL: '1', METRICS: 'true' });
    const { metadata: { uid } } = await world.capture('told', 'web', { captureFilter: PINGS, maxPackets: 8 });
    await world.reaches('told', 'running');
    using lurking = proxy.inject(trouble, { when: tellsEnd, times: 10 });
    await pod.ping(4);
    await lurking.untilHits(timesMet);
    const capture = await world.reaches('told', 'finished');
    await agent.logged(({ capture: name, progress }) => name === 'told' && progress === 'finished');
    expect(capture.status).toMatchObject({ reason: 'PacketLimit', packets: { captured: 8, dropped: 0 } });
    expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST)).toBe(4);
    const ends = () => world.events(capture).then((events) => events.filter(({ reason }) => reason === 'Finished' || reason === 'Failure'));
    await eventually(async () => (await ends()).length > 0);
    // Some looks at everything later it still is so.
    const since = performance.now();
    await eventually(() => performance.now() - since > 3_000);
    expect(await ends()).toHaveLength(1);
    expect((await api.get('told')).metadata.resourceVersion).toBe(capture.metadata.resourceVersion);
    expect(history.of(uid).filter(({ status }) => status.progress === 'finished')).toHaveLength(1);
    expect(history.of(uid).filter(({ status }) => status.progress === 'failure')).toEqual([]);
    expect(agent.log.filter(({ capture: name, progress }) => name === 'told' && progress === 'finished')).toHaveLength(1);
    expect(await (await fetch(`${await agent.ready()}/metrics`)).text()).toContain('pcapper_captures_total{progress="finished",reason="PacketLimit"} 1\n');
  });
});
