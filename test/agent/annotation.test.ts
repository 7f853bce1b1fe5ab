import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import type { AgentProcess } from '../harness/agent-process.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { requires } from '../harness/requirements.ts';
import type { TestPod } from '../harness/test-pod.ts';
import { grant } from '../operator/grant.ts';
import { AgentWorld, SMALL, type ToldEvent } from './agent-world.ts';

const ANTREA = 'tcpdump.antrea.io';
const OWN = 'pcapper.io/capture';
const WITHIN = 60_000;

/** An agent whose only source are annotations, with the rights that it needs. */
class AnnotationWorld extends AgentWorld {
  kubeconfig = '';

  annotationAgent(environment: Readonly<Record<string, string>> = {}): Promise<AgentProcess> {
    return this.agent('n1', { SOURCE: 'annotation', KUBECONFIG: this.kubeconfig, ...environment });
  }

  /** Names of what lies in the hostmount, but for locks and the ledger. */
  get names(): string[] {
    return readdirSync(this.hostmount.path).filter((name) => !name.startsWith('.')).sort();
  }

  /** Resolves once that many tcpdumps capture: their files have begun. */
  async captures(count: number): Promise<readonly string[]> {
    await eventually(async () => (await this.tcpdumps()).length === count && this.begunFiles >= count, WITHIN);
    return this.tcpdumps();
  }

  async cleared(): Promise<void> {
    await eventually(async () => (await this.tcpdumps()).length === 0 && this.names.length === 0, WITHIN);
  }

  event(pod: TestPod, reason: string, note = ''): Promise<ToldEvent> {
    return eventually(async () => (await this.eventsAbout(pod.uid, pod.namespace)).find((event) => event.reason === reason && event.note.includes(note)), WITHIN);
  }

  /** Resolves once the files of that name hold so many pings, which each have an answer. */
  async hasPings(base: string, count: number): Promise<void> {
    await eventually(async () => (await this.pings(base)) >= count, WITHIN);
    expect(await this.pings(base)).toBe(count);
  }

  pings(base: string): Promise<number> {
    return countPackets(this.hostmount.path, this.pcapFiles.filter((name) => name.startsWith(`${base}.`)), ECHO_REQUEST).catch(() => 0);
  }
}

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('captures by annotation', () => {
  let api: CaptureApi;
  let kubeconfig: string;
  beforeAll(async () => {
    api = await CaptureApi.start();
    await api.uninstall();
    kubeconfig = await api.server.kubeconfigFor('annotation-agent');
    const rules = [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
    ];
    await grant(api.server, { user: 'annotation-agent', rules });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const open = () => {
    const world = new AnnotationWorld(api);
    world.kubeconfig = kubeconfig;
    return world;
  };

  it('hold what the Pod exchanges, in files of the name that people know; they go with the annotation', async () => {
    await using world = open();
    const pod = await world.pod('n1', 'web');
    const agent = await world.annotationAgent();
    expect((await fetch(`${await agent.ready()}/readyz`)).status).toBe(200);
    await world.annotate(pod, { [ANTREA]: '5' });
    expect(await world.captures(1)).toEqual([expect.stringMatching(/^tcpdump -i any .*-C 1 -W 5 -w DIR\/capture-web\.pcap --$/)]);
    await pod.ping(20);
    await world.hasPings('capture-web', 20);
    expect(world.names).toEqual(['capture-web.json', 'capture-web.pcap0']);
    expect(await world.event(pod, 'CaptureScheduled')).toMatchObject({ type: 'Normal', regarding: { kind: 'Pod', name: 'web', uid: pod.uid } });
    expect(await world.event(pod, 'CaptureRunning')).toMatchObject({ type: 'Normal', note: expect.stringContaining('Capturing on any of Pod default/web.') as string });

    await world.annotate(pod, { [ANTREA]: null });
    await world.cleared();
    expect(await world.event(pod, 'CaptureRemoved')).toMatchObject({ type: 'Normal' });
    const said = await agent.logged(({ msg }) => msg === 'tcpdump ended');
    expect(said['stderr']).toContain('packets captured');
    expect(await agent.end()).toBe(0);
    expect(agent.log.filter(({ level }) => level >= 40)).toEqual([]);
  });

  it('overwrite their oldest file', async () => {
    await using world = open();
    const pod = await world.pod('n1', 'web', { annotations: { [OWN]: '2', 'pcapper.io/filter': 'udp port 9' } });
    await world.annotationAgent();
    await world.captures(1);
    await pod.sendUdp(3_600, { bytes: 1_000 });
    await eventually(async () => (await countPackets(world.hostmount.path, world.pcapFiles)) > 0 && world.pcapFiles.length === 2, WITHIN);
    expect(world.pcapFiles.sort()).toEqual(['capture-web.pcap0', 'capture-web.pcap1']);
  });

  it('are refused where the value is not allowed: an Event and the log say so, and nothing runs', async () => {
    await using world = open();
    const agent = await world.annotationAgent();
    for (const [index, given] of ['0', '-1', '1e3', 'five', '1000000000', ''].entries()) {
      const pod = await world.pod('n1', `refused-${index}`, { annotations: { [ANTREA]: given } });
      expect(await world.event(pod, 'CaptureFailure')).toMatchObject({ type: 'Warning', action: 'RequestInvalid', note: expect.stringContaining(`${ANTREA} must be a whole number from 1 to 1000; it is "${given}".`) as string });
      await agent.logged(({ level, capture }) => level === 50 && capture === `default.refused-${index}`);
    }
    const both = await world.pod('n1', 'both', { annotations: { [ANTREA]: '2', [OWN]: '2' } });
    expect((await world.event(both, 'CaptureFailure')).note).toContain(`${ANTREA} and ${OWN} are both set`);
    const without = await world.pod('n1', 'without', { annotations: { 'pcapper.io/filter': 'icmp' } });
    expect((await world.event(without, 'CaptureFailure')).note).toContain(`pcapper.io/filter needs ${OWN} beside it`);
    const host = await world.pod('n1', 'host', { annotations: { [ANTREA]: '2' }, hostNetwork: true });
    expect(await world.event(host, 'CaptureFailure')).toMatchObject({ action: 'HostNetworkRefused' });
    expect({ tcpdumps: await world.tcpdumps(), names: world.names }).toEqual({ tcpdumps: [], names: [] });
  });

  it('are warned of when one file is all', async () => {
    await using world = open();
    const pod = await world.pod('n1', 'web', { annotations: { [ANTREA]: '1' } });
    const agent = await world.annotationAgent();
    expect((await world.captures(1))[0]).toContain('-C 1 -W 1 -w DIR/capture-web.pcap ');
    expect(await world.event(pod, 'CaptureScheduled', `${ANTREA} is 1: each wrap starts empty`)).toMatchObject({ type: 'Warning' });
    expect(agent.log.some(({ level, msg }) => level === 40 && msg.includes('each wrap starts empty'))).toBe(true);
  });

  it('begin when the Pod runs, and end with it', async () => {
    await using world = open();
    await world.annotationAgent();
    const pod = await world.pod('n1', 'web', { annotations: { [ANTREA]: '2' }, phase: 'Pending' });
    const other = await world.pod('n1', 'other', { annotations: { [ANTREA]: '2' } });
    await world.event(other, 'CaptureRunning');
    expect(await world.tcpdumps()).toHaveLength(1);
    await world.phase(pod, 'Running');
    await world.captures(2);
    await pod.ping(3);
    await world.hasPings('capture-web', 3);
    await world.deletePod(other);
    await eventually(async () => (await world.tcpdumps()).length === 1 && !world.names.join().includes('other'), WITHIN);
    await pod.kill();
    await world.phase(pod, 'Succeeded');
    expect(await world.event(pod, 'CaptureFinished')).toMatchObject({ action: 'TargetGone' });
    expect(world.names).toEqual(['capture-web.json', 'capture-web.pcap0']);
    await world.deletePod(pod);
    await world.cleared();
  });

  it('begin anew with another number, and go on for all that is no such number', async () => {
    await using world = open();
    const pod = await world.pod('n1', 'web', { annotations: { [OWN]: '3' } });
    await world.annotationAgent();
    await world.captures(1);
    await pod.ping(4);
    await world.hasPings('capture-web', 4);
    for (const [bad, says] of [
      [{ [OWN]: 'five' }, '"five"'],
      [{ [OWN]: '3', [ANTREA]: '4' }, 'both set'],
      [{ [OWN]: '3', [ANTREA]: null, 'pcapper.io/filter': 'icmp and and' }, 'icmp and and'],
      [{ 'pcapper.io/filter': 'host example.com' }, 'example.com'],
    ] as const) {
      await world.annotate(pod, bad);
      await world.event(pod, 'CaptureFailure', says);
    }
    await pod.ping(4);
    await world.hasPings('capture-web', 8);
    expect((await world.tcpdumps())[0]).toContain('-W 3 -w DIR/capture-web.pcap ');

    await world.annotate(pod, { [OWN]: '12', 'pcapper.io/filter': ECHO_REQUEST, 'pcapper.io/interface': 'eth0' });
    await eventually(async () => (await world.tcpdumps()).join().includes(`-i eth0 -p -n -Z root -U -s 262144 -B 4096 -C 1 -W 12 -w DIR/capture-web.pcap -- ${ECHO_REQUEST}`), WITHIN);
    await eventually(() => world.begunFiles === 1, WITHIN);
    await pod.ping(2);
    await world.hasPings('capture-web', 2);
    expect(await world.tcpdumps()).toHaveLength(1);
    expect(world.names).toEqual(['capture-web.json', 'capture-web.pcap00']);
  });

  it('end when what asked for them goes while no agent is there', async () => {
    await using world = open();
    const pods = [await world.pod('n1', 'removed', { annotations: { [ANTREA]: '2' } }), await world.pod('n1', 'deleted', { annotations: { [ANTREA]: '2' } }), await world.pod('n1', 'changed', { annotations: { [ANTREA]: '2' } })] as const;
    const agent = await world.annotationAgent();
    await world.captures(3);
    await agent.end('SIGKILL');
    await eventually(async () => (await world.tcpdumps()).length === 0);
    await world.annotate(pods[0], { [ANTREA]: null });
    await world.deletePod(pods[1]);
    await world.annotate(pods[2], { [ANTREA]: '3' });
    await world.annotationAgent();
    await eventually(async () => (await world.tcpdumps()).join().includes('-W 3 -w DIR/capture-changed.pcap '), WITHIN);
    await eventually(() => world.names.join() === 'capture-changed.json,capture-changed.pcap0', WITHIN);
    expect(await world.tcpdumps()).toHaveLength(1);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('go on after %s of the agent, and none twice', async (signal) => {
    await using world = open();
    const pod = await world.pod('n1', 'web', { annotations: { [ANTREA]: '4' } });
    const agent = await world.annotationAgent();
    await world.captures(1);
    await pod.ping(5);
    await world.hasPings('capture-web', 5);
    await agent.end(signal);
    await eventually(async () => (await world.tcpdumps()).length === 0);
    await world.annotationAgent();
    await eventually(() => world.begunFiles === 2, WITHIN);
    expect(await world.tcpdumps()).toEqual([expect.stringMatching(/-C 1 -W \d -w DIR\/capture-web\.\d{10}\.pcap --$/)]);
    await pod.ping(6);
    await world.hasPings('capture-web', 11);
    expect((await world.eventsAbout(pod.uid, 'default')).filter(({ reason }) => reason === 'CaptureRunning')).toHaveLength(1);
    await world.annotate(pod, { [ANTREA]: null });
    await world.cleared();
  });

  it('end with the agent and leave nothing where that is asked for, and begin anew with the next', async () => {
    await using world = open();
    const pod = await world.pod('n1', 'web', { annotations: { [OWN]: '2' } });
    const agent = await world.annotationAgent({ FILES_AT_EXIT: 'remove' });
    await world.captures(1);
    await pod.ping(3);
    await world.hasPings('capture-web', 3);
    expect(await agent.end('SIGTERM')).toBe(0);
    expect({ tcpdumps: await world.tcpdumps(), names: world.names }).toEqual({ tcpdumps: [], names: [] });
    expect((await world.event(pod, 'CaptureRemoved')).note).toContain('The agent ends.');
    await world.annotationAgent();
    await world.captures(1);
    await pod.ping(2);
    await world.hasPings('capture-web', 2);
    expect(world.names).toEqual(['capture-web.json', 'capture-web.pcap0']);
  });

  it('that have ended are not run again, but when they are asked for again', async () => {
    await using world = open();
    const pod = await world.pod('n1', 'web', { annotations: { [OWN]: '2', 'pcapper.io/seconds': '3' } });
    const agent = await world.annotationAgent();
    await world.captures(1);
    await pod.ping(2);
    const { note, action } = await world.event(pod, 'CaptureFinished');
    expect(action).toBe('TimeLimit');
    expect(note).toContain(`Files: ${world.hostmount.path}/capture-web.pcap0 on node n1.`);
    expect(note).not.toContain('pcapper get');
    await agent.end('SIGKILL');
    await world.annotationAgent({ SCAN_INTERVAL: '1' });
    // By then it would have begun.
    const later = await world.pod('n1', 'later', { annotations: { [ANTREA]: '2' } });
    await world.event(later, 'CaptureRunning');
    expect(await world.tcpdumps()).toHaveLength(1);
    await world.hasPings('capture-web', 2);
    await world.annotate(pod, { [OWN]: null });
    await eventually(() => !world.names.join().includes('capture-web'), WITHIN);
    await world.annotate(pod, { [OWN]: '2' });
    await world.captures(2);
  });

  it('of two Pods of one name each have their own', async () => {
    await using world = open();
    await api.client.create('/api/v1/namespaces', { metadata: { name: 'yard' } });
    const mine = await world.pod('n1', 'twin', { annotations: { [ANTREA]: '2' } });
    const agent = await world.annotationAgent();
    await world.captures(1);
    const theirs = await world.pod('n1', 'twin', { annotations: { [ANTREA]: '2' }, namespace: 'yard' });
    await world.captures(2);
    await mine.ping(3);
    await theirs.ping(7);
    await world.hasPings('capture-twin', 3);
    await world.hasPings('capture-twin_yard', 7);
    await world.event(theirs, 'CaptureRunning', 'Pod yard/twin');
    await agent.end('SIGKILL');
    await world.annotate(mine, { [ANTREA]: null });
    await world.annotationAgent();
    await eventually(() => world.pcapFiles.every((name) => name.startsWith('capture-twin_yard.')) && world.begunFiles === 2, WITHIN);
    await theirs.ping(2);
    await world.hasPings('capture-twin_yard', 9);
  });

  it('never overwrite what others have left under the name', async () => {
    await using world = open();
    writeFileSync(`${world.hostmount.path}/capture-web.pcap0`, 'kept by somebody');
    writeFileSync(`${world.hostmount.path}/capture-notes.json`, 'notes');
    const pod = await world.pod('n1', 'web', { annotations: { [ANTREA]: '2' } });
    await world.annotationAgent();
    await eventually(async () => (await world.tcpdumps()).join().includes('-w DIR/capture-web_default.pcap '), WITHIN);
    await world.annotate(pod, { [ANTREA]: null });
    await eventually(async () => (await world.tcpdumps()).length === 0 && world.names.length === 2, WITHIN);
    expect(readFileSync(`${world.hostmount.path}/capture-web.pcap0`, 'utf8')).toBe('kept by somebody');
    expect(world.names).toEqual(['capture-notes.json', 'capture-web.pcap0']);
  });

  it('go on in a sandbox that was made anew', async () => {
    await using world = open();
    const pod = await world.pod('n1', 'web', { annotations: { [ANTREA]: '2' } });
    await world.annotationAgent();
    await world.captures(1);
    await pod.ping(3);
    await world.hasPings('capture-web', 3);
    await pod.renewSandbox();
    await eventually(() => world.begunFiles === 2, WITHIN);
    await pod.ping(4);
    await world.hasPings('capture-web', 7);
  });

  it('asked for and not, a hundred times as fast as can be: it ends as it was said last', async () => {
    await using world = open();
    const pod = await world.pod('n1', 'web');
    await world.annotationAgent();
    for (let round = 0; round < 100; round += 1) {
      await world.annotate(pod, { [ANTREA]: String((round % 3) + 2) });
      await world.annotate(pod, { [ANTREA]: null });
    }
    await world.cleared();
    for (let round = 0; round < 20; round += 1) {
      await world.annotate(pod, { [ANTREA]: null });
      await world.annotate(pod, { [ANTREA]: String((round % 3) + 2) });
    }
    await eventually(async () => (await world.tcpdumps()).join().includes('-W 3 -w DIR/capture-web.pcap ') && world.begunFiles === 1, WITHIN);
    await pod.ping(5);
    await world.hasPings('capture-web', 5);
    expect(await world.tcpdumps()).toHaveLength(1);
  });

  it('go on while the API server is away, also through a restart of the agent', async () => {
    await using world = open();
    const pod = await world.pod('n1', 'web', { annotations: { [ANTREA]: '2' } });
    const agent = await world.annotationAgent();
    await world.captures(1);
    await agent.end();
    await api.server.stop();
    await world.annotationAgent();
    await eventually(() => world.begunFiles === 2, WITHIN);
    await pod.ping(3);
    await api.server.restart();
    await world.hasPings('capture-web', 3);
    await world.annotate(pod, { [ANTREA]: null });
    await world.cleared();
  });

  it('are told by an agent that both sources are to be served by, beside PacketCaptures', async () => {
    await using world = open();
    await api.install();
    try {
      const pod = await world.pod('n1', 'web', { annotations: { [ANTREA]: '2' } });
      const agent = await world.annotationAgent({ SOURCE: 'packetcapture,annotation', KUBECONFIG: api.server.kubeconfig });
      await world.capture('beside', 'web', { ...SMALL, captureFilter: 'icmp', maxPackets: 16 });
      await world.reaches('beside', 'running');
      await world.captures(2);
      await pod.ping(8);
      const capture = await world.reaches('beside', 'finished');
      expect(capture.status).toMatchObject({ reason: 'PacketLimit', packets: { captured: 16 } });
      await world.hasPings('capture-web', 8);
      await agent.end('SIGKILL');
      await world.annotationAgent({ SOURCE: 'packetcapture,annotation', KUBECONFIG: api.server.kubeconfig });
      await eventually(() => world.begunFiles === 3, WITHIN);
      await world.annotate(pod, { [ANTREA]: null });
      await eventually(async () => (await world.tcpdumps()).length === 0 && world.pcapFiles.length === 1, WITHIN);
      expect(world.pcapFiles[0]).toMatch(/^n1\.beside\./);
      expect((await api.get('beside')).status).toMatchObject({ progress: 'finished' });
    } finally {
      await api.uninstall();
    }
  });
});
