import { execa } from 'execa';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { NAMESPACE } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { countPackets } from '../harness/packet-count.ts';
import { agentsAreRolled } from './install.ts';
import { walkThrough } from './walk-through/walk-through.ts';
import { AnnotationAgents, readyNodes, removeAgents } from './world/annotation-agents.ts';
import { E2eWorld, type TrafficPod } from './world/e2e-world.ts';
import { describeOnLocalCluster } from './world/local-parts.ts';

const ANTREA = 'tcpdump.antrea.io';
const OWN = 'pcapper.io/capture';

describe('docs/annotation.md', () => {
  it('tells what happens, command by command', async () => {
    await using world = await E2eWorld.open();
    const nodes = await world.nodes();
    await using _disks = await readyNodes(nodes);
    const [node = ''] = nodes;
    try {
      await world.kubectl.run('create', 'namespace', 'shop');
      await world.knock(await world.idlePod('pay-7', node, {}, 'shop'), 5432);
      await world.idlePod('web-0', node, {}, 'default');
      await walkThrough('docs/annotation.md', inject('cluster'));
    } finally {
      await removeAgents(world);
      await world.kubectl.run('delete', 'namespace/shop', '--ignore-not-found');
      await world.kubectl.run('delete', 'pod', 'web-0', '--ignore-not-found');
    }
  });
});

describe('captures by annotation', () => {
  let world: E2eWorld;
  let agents: AnnotationAgents;
  let node1 = '';
  let node2 = '';
  let far: TrafficPod;

  beforeAll(async () => {
    world = await E2eWorld.open();
    [node1 = '', node2 = ''] = await world.nodes();
    agents = await AnnotationAgents.deploy(world);
    far = await world.idlePod('far', node2);
  });
  afterAll(async () => {
    await agents[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  it('hold what the Pod exchanges, on its node alone, in no more files than asked; they go with the annotation', async () => {
    const web = await world.idlePod('web', node1);
    await agents.annotate(web, { [ANTREA]: '2' });
    const [tcpdump] = await agents.runs(node1, 1);
    expect(tcpdump).toMatch(/^tcpdump -i any .*-C 1 -W 2 -w \/captures\/capture-web\.pcap --\s*$/);
    await world.ping(far, web.address, 20);
    await agents.hasPackets(node1, 'capture-web.', 40, 'icmp');
    expect(await agents.packets(node1, 'capture-web.', 'icmp')).toBe(40);
    expect(await agents.tcpdumps(node2)).toEqual([]);
    // Some 5 MB.
    await world.kubectl.run('-n', far.namespace, 'exec', far.name, '--', 'ping', '-q', '-c', '40', '-i', '0.01', '-s', '60000', web.address);
    await eventually(async () => (await agents.files(node1)).includes('capture-web.pcap1'), 60_000);
    expect((await agents.files(node1)).filter((name) => name.includes('.pcap'))).toEqual(['capture-web.pcap0', 'capture-web.pcap1']);

    await agents.annotate(web, { [ANTREA]: null });
    await agents.cleared(node1);
    expect(await agents.event(web, 'CaptureRemoved')).toMatchObject({ type: 'Normal' });
  });

  it('are asked for by annotations of our own, with a filter, a time limit and a device; what has ended is not run again', async () => {
    const web = await world.idlePod('own', node1, { [OWN]: '3', 'pcapper.io/filter': 'icmp[icmptype] == icmp-echo', 'pcapper.io/seconds': '20', 'pcapper.io/interface': 'eth0' });
    await agents.event(web, 'CaptureRunning', 'eth0');
    await world.ping(far, web.address, 9);
    expect((await agents.event(web, 'CaptureFinished')).note).toContain('9 packets');
    expect(await agents.packets(node1, 'capture-own.')).toBe(9);
    await world.kubectl.run('-n', NAMESPACE, 'delete', 'pod', await agents.agentPod(node1), '--wait');
    await agents.rolled();
    expect(await agents.tcpdumps(node1)).toEqual([]);
    expect(await agents.packets(node1, 'capture-own.')).toBe(9);
    await world.kubectl.run('-n', web.namespace, 'delete', 'pod', web.name, '--wait');
    await agents.cleared(node1);
  });

  it.each(['0', '-1', '1e3', 'five', '1000000000'])('are refused for %s files: an Event says so, and nothing runs', async (files) => {
    const web = await world.idlePod(`refused-${files.replaceAll(/\W/g, 'x')}`, node1, { [ANTREA]: files });
    const { type, note } = await agents.event(web, 'CaptureFailure');
    expect(type).toBe('Warning');
    expect(note).toContain(ANTREA);
    expect(note).toContain(`"${files}"`);
    expect(await agents.tcpdumps(node1)).toEqual([]);
    expect(await agents.files(node1)).toEqual([]);
    await world.kubectl.run('-n', web.namespace, 'delete', 'pod', web.name);
  });

  it('are refused where both keys are set; one that runs goes on for all bad input, and restarts with another number', async () => {
    const web = await world.idlePod('both', node1, { [ANTREA]: '2', [OWN]: '2' });
    expect((await agents.event(web, 'CaptureFailure', ANTREA)).note).toContain(OWN);
    expect(await agents.tcpdumps(node1)).toEqual([]);
    await agents.annotate(web, { [OWN]: null });
    await agents.runs(node1, 1);
    await world.ping(far, web.address, 5);
    await agents.hasPackets(node1, 'capture-both.', 10, 'icmp');
    await agents.annotate(web, { [ANTREA]: 'five' });
    await agents.event(web, 'CaptureFailure', '"five"');
    await world.ping(far, web.address, 5);
    await agents.hasPackets(node1, 'capture-both.', 20, 'icmp');
    expect(await agents.packets(node1, 'capture-both.', 'icmp')).toBe(20);

    await agents.annotate(web, { [ANTREA]: '12' });
    await eventually(async () => (await agents.tcpdumps(node1)).some((line) => line.includes('-W 12 -w /captures/capture-both.pcap ')), 60_000);
    await world.ping(far, web.address, 4);
    await agents.hasPackets(node1, 'capture-both.', 8, 'icmp');
    expect(await agents.packets(node1, 'capture-both.', 'icmp')).toBe(8);
    expect((await agents.files(node1)).filter((name) => name.includes('.pcap'))).toEqual(['capture-both.pcap00']);
    await agents.annotate(web, { [ANTREA]: null });
    await agents.cleared(node1);
  });

  it('of two Pods of one name have names of their own', async () => {
    const another = `${world.namespace}-b`;
    await world.client.create('/api/v1/namespaces', { metadata: { name: another } });
    await eventually(() => world.client.get(`/api/v1/namespaces/${another}/serviceaccounts/default`).then(() => true, () => false));
    const first = await world.idlePod('twin', node1, { [ANTREA]: '2' });
    await agents.runs(node1, 1);
    const second = await world.idlePod('twin', node1, { [ANTREA]: '2' }, another);
    await agents.runs(node1, 2);
    await world.ping(far, first.address, 3);
    await world.ping(far, second.address, 7);
    await agents.hasPackets(node1, 'capture-twin.', 6, 'icmp');
    await agents.hasPackets(node1, `capture-twin_${another}.`, 14, 'icmp');
    expect([await agents.packets(node1, 'capture-twin.', 'icmp'), await agents.packets(node1, `capture-twin_${another}.`, 'icmp')]).toEqual([6, 14]);
    await world.kubectl.run('delete', 'namespace', another, '--wait=false');
    await eventually(async () => (await agents.tcpdumps(node1)).length === 1, 60_000);
    await agents.annotate(first, { [ANTREA]: null });
    await agents.cleared(node1);
  });

  it('go on when a container of the Pod is restarted', async () => {
    const web = await world.pod('restarted', node1);
    await agents.annotate(web, { [ANTREA]: '2' });
    await agents.runs(node1, 1);
    await world.ping(far, web.address, 5);
    await world.kubectl.attempt('-n', web.namespace, 'exec', web.name, '--', 'sh', '-c', 'kill 1');
    await eventually(async () => (await world.kubectl.run('-n', web.namespace, 'get', 'pod', web.name, '-o', 'jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready}')) === '1 true', 60_000);
    await world.ping(far, web.address, 5);
    await agents.hasPackets(node1, 'capture-restarted.', 20, 'icmp');
    expect(await agents.packets(node1, 'capture-restarted.', 'icmp')).toBe(20);
    expect((await agents.files(node1)).filter((name) => name.includes('.pcap'))).toEqual(['capture-restarted.pcap0']);
    await agents.annotate(web, { [ANTREA]: null });
    await agents.cleared(node1);
  });

  it.each<[string, (node: string) => Promise<unknown>]>([
    ['killed', async (node) => world.kubectl.attempt('-n', NAMESPACE, 'exec', await agents.agentPod(node), '--', 'pkill', '-KILL', '-f', '/opt/pcapper/agent.cjs --source annotation')],
    ['replaced', async (node) => world.kubectl.run('-n', NAMESPACE, 'delete', 'pod', await agents.agentPod(node), '--wait')],
  ])('go on when the agent is %s: nothing lost but in the gap, nothing double', async (how, interrupt) => {
    const web = await world.idlePod(`agent-${how}`, node1, { [ANTREA]: '4' });
    await agents.runs(node1, 1);
    await world.ping(far, web.address, 5);
    await agents.hasPackets(node1, `capture-${web.name}.`, 10, 'icmp');
    await interrupt(node1);
    // The second segment has a name of its own.
    await eventually(async () => (await agents.tcpdumps(node1).catch(() => [])).some((line) => new RegExp(`-w /captures/capture-${web.name}\\.\\d+\\.pcap `).test(line)), 120_000);
    expect(await agents.tcpdumps(node1)).toHaveLength(1);
    await world.ping(far, web.address, 6);
    await agents.hasPackets(node1, `capture-${web.name}.`, 22, 'icmp');
    expect(await agents.packets(node1, `capture-${web.name}.`, 'icmp')).toBe(22);
    await agents.annotate(web, { [ANTREA]: null });
    await agents.cleared(node1);
  });

  it('end when the annotation goes while no agent is there', async () => {
    const web = await world.idlePod('unattended', node1, { [ANTREA]: '2' });
    await agents.runs(node1, 1);
    const patch = (selector: object) => world.kubectl.run('-n', NAMESPACE, 'patch', 'daemonset', 'pcapper-annotation', '--type=merge', '-p', JSON.stringify({ spec: { template: { spec: { nodeSelector: selector } } } }));
    await patch({ none: 'such' });
    await eventually(async () => (await world.kubectl.run('-n', NAMESPACE, 'get', 'pods', '-l', 'app.kubernetes.io/component=annotation-agent', '-o', 'name')) === '', 120_000);
    await agents.annotate(web, { [ANTREA]: null });
    await patch({ none: null });
    await agents.rolled();
    await agents.cleared(node1);
  });

  it('of 50 Pods annotated at once on two nodes are exact, each of them', async () => {
    const each = Array.from({ length: 50 }, (_, index) => index);
    const pods = await Promise.all(each.map((index) => world.idlePod(`many-${index}`, index % 2 === 0 ? node1 : node2)));
    await Promise.all(pods.map((pod) => agents.annotate(pod, { [OWN]: '1', 'pcapper.io/filter': 'icmp' })));
    await Promise.all([agents.runs(node1, 25), agents.runs(node2, 25)]);
    const script = pods.map(({ address }, index) => `ping -n -q -c ${index + 1} -i 0.01 -W 10 ${address}`).join(' && ');
    await world.kubectl.run('-n', far.namespace, 'exec', far.name, '--', 'sh', '-c', script);
    const counted = async () => {
      const counts = [node1, node2].map((node) => agents.run(node, { script: 'cd /captures && for file in capture-many-*.pcap*; do echo "${file%%.*} $(tcpdump -Z root -n -r "$file" 2> /dev/null | wc -l)"; done' }));
      return (await Promise.all(counts)).join('\n').split('\n').sort();
    };
    const asked = pods.map(({ name }, index) => `capture-${name} ${2 * (index + 1)}`).sort();
    await eventually(async () => isDeepStrictEqual(await counted(), asked), 60_000).catch(() => undefined);
    expect(await counted()).toEqual(asked);
    await Promise.all(pods.map((pod) => agents.annotate(pod, { [OWN]: null })));
    await agents.cleared(node1);
    await agents.cleared(node2);
    await Promise.all(pods.map(({ namespace, name }) => world.kubectl.run('-n', namespace, 'delete', 'pod', name, '--wait=false')));
  });

  it('annotated and not a hundred times, fast: it ends as it was said last', async () => {
    const web = await world.idlePod('fickle', node1);
    for (let round = 0; round < 100; round += 1) {
      await agents.annotate(web, { [ANTREA]: String((round % 3) + 2) });
      await agents.annotate(web, { [ANTREA]: null });
    }
    await agents.cleared(node1);
    for (let round = 0; round < 20; round += 1) {
      await agents.annotate(web, { [ANTREA]: null });
      await agents.annotate(web, { [ANTREA]: String((round % 3) + 2) });
    }
    await eventually(async () => (await agents.tcpdumps(node1)).join('\n').includes('-W 3 -w /captures/capture-fickle.pcap '), 60_000);
    await world.ping(far, web.address, 5);
    await agents.hasPackets(node1, 'capture-fickle.', 10, 'icmp');
    expect(await agents.tcpdumps(node1)).toHaveLength(1);
    expect(await agents.packets(node1, 'capture-fickle.', 'icmp')).toBe(10);
    await agents.annotate(web, { [ANTREA]: null });
    await agents.cleared(node1);
  });

  it('leave evidence, which scripts/collect-evidence.sh collects', async () => {
    const web = await world.idlePod('evident', node1, { [ANTREA]: '3' });
    await agents.runs(node1, 1);
    await world.ping(far, web.address, 12);
    await agents.hasPackets(node1, 'capture-evident.', 24, 'icmp');
    const folder = await mkdtemp(join(tmpdir(), 'pcapper-evidence-'));
    try {
      const { kubeconfig, kubectl } = inject('cluster');
      const PATH = `${join(kubectl, '..')}:${process.env['PATH'] ?? ''}`;
      const { stdout } = await execa('scripts/collect-evidence.sh', ['-n', web.namespace, '-o', folder, web.name], { env: { KUBECONFIG: kubeconfig, PATH } });
      expect((await readdir(folder)).sort()).toEqual(['capture-files.txt', 'capture-output.txt', 'capture.pcap', 'pod-describe.txt', 'pods.txt']);
      expect(await countPackets(folder, ['capture.pcap'], 'icmp')).toBe(24);
      const text = (name: string) => readFile(join(folder, name), 'utf8');
      expect((await text('capture-output.txt')).match(/ICMP echo request/g)).toHaveLength(12);
      expect(await text('pod-describe.txt')).toMatch(/tcpdump\.antrea\.io: 3[\s\S]*CaptureRunning/);
      expect(await text('pods.txt')).toMatch(new RegExp(`^${web.namespace} +evident .*${node1}`, 'm'));
      expect(await text('capture-files.txt')).toContain('capture-evident.pcap0');
      expect(stdout).toContain('capture.pcap');
    } finally {
      await rm(folder, { recursive: true });
    }
    await agents.annotate(web, { [ANTREA]: null });
    await agents.cleared(node1);
  });
});

describeOnLocalCluster('an agent with both sources', () => {
  it('captures what PacketCaptures and annotations ask for, also of one Pod at once', async () => {
    await using world = await E2eWorld.open();
    const kubectl = (...argv: readonly string[]) => world.kubectl.run('-n', NAMESPACE, ...argv);
    const setSource = async (source: string | null) => {
      await kubectl('patch', 'configmap', 'pcapper-config', '--type=merge', '-p', JSON.stringify({ data: { SOURCE: source } }));
      await kubectl('wait', `--for=jsonpath={.spec.template.spec.containers[0].env[?(@.name=="SOURCE")].value}=${source ?? 'packetcapture'}`, 'daemonset/pcapper', '--timeout=180s');
      await agentsAreRolled(kubectl, { maxTotalFilesize: '256M' });
    };
    await world.kubectl.run('apply', '-f', 'deploy/annotation/rbac.yaml');
    await world.kubectl.run('create', 'clusterrolebinding', 'e2e-both-sources', '--clusterrole=pcapper-annotation', `--serviceaccount=${NAMESPACE}:pcapper-agent`);
    try {
      await setSource('packetcapture,annotation');
      const [node = '', another = ''] = await world.nodes();
      const [web, far] = await Promise.all([world.idlePod('web', node, { [ANTREA]: '2' }), world.idlePod('far', another)]);
      const { metadata } = await world.capture('both-sources', { ...world.of(web), captureFilter: 'icmp' });
      expect(metadata.name).toBe('both-sources');
      await world.reaches('both-sources', 'running');
      const files = async () => (await world.inAgent(node, 'ls', '/hostmount')).split('\n').filter((name) => name.startsWith('capture-web.'));
      await eventually(async () => (await files()).includes('capture-web.pcap0'), 60_000);
      await world.ping(far, web.address, 8);
      await world.patch('both-sources', { stop: true });
      const capture = await world.reaches('both-sources', 'finished');
      const { folder, files: own } = await world.copy(capture);
      expect(await countPackets(folder, own)).toBe(16);
      const copied = await world.copyFiles(node, ['capture-web.pcap0']);
      expect(await countPackets(copied, ['capture-web.pcap0'], 'icmp')).toBe(16);
      await world.kubectl.run('-n', web.namespace, 'annotate', 'pod', web.name, `${ANTREA}-`);
      await eventually(async () => (await files()).length === 0, 60_000);
    } finally {
      await setSource(null);
      await world.kubectl.run('delete', 'clusterrolebinding', 'e2e-both-sources');
      await removeAgents(world);
    }
  });
});
