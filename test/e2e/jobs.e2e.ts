import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { walkThrough } from './walk-through/walk-through.ts';
import { readyNodes } from './world/annotation-agents.ts';
import { E2eWorld, type TrafficPod } from './world/e2e-world.ts';
import { JobOperator, JOBS_NAMESPACE, removeJobOperator } from './world/job-operator.ts';
import { CapturedWorkload } from './world/workload.ts';

const PUBLISHED = 'packet-capture-openshift-gitops-openshift-gitops-server';
const isEnded = ({ progress }: { readonly progress?: string }) => progress === 'finished' || progress === 'failure';

describe('docs/jobs.md', () => {
  it('tells what happens, command by command', async () => {
    await using world = await E2eWorld.open();
    await using _disks = await readyNodes(await world.nodes());
    try {
      await walkThrough('jobs.md', inject('cluster'));
    } finally {
      await removeJobOperator(world);
    }
  });
});

describe('captures by Jobs', () => {
  let world: E2eWorld;
  let operator: JobOperator;
  let node1 = '';
  let node2 = '';
  let far: TrafficPod;

  beforeAll(async () => {
    world = await E2eWorld.open();
    [node1 = '', node2 = ''] = await world.nodes();
    operator = await JobOperator.deploy(world);
    far = await world.idlePod('far', node2);
  });
  afterAll(async () => {
    await operator[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  /** An OpenShift PacketCapture of a Deployment of this world. */
  const deploymentCapture = (name: string, jobId: string, targetDeployment: string, duration: string) => ({
    apiVersion: 'monitoring.openshift.tpg/v1alpha1',
    kind: 'PacketCapture',
    metadata: { name, namespace: JOBS_NAMESPACE, labels: { 'app.kubernetes.io/instance': `of-${targetDeployment}` } },
    spec: { jobId, targetNamespace: world.namespace, targetDeployment, duration },
  });
  const objectsOf = (instance: string) => operator.kubectl('get', 'jobs,configmaps', '-l', `app.kubernetes.io/instance=${instance}`, '-o', 'name');

  it('of the published example, as it is: each Pod of the Deployment, on its node, exactly', async () => {
    await world.client.create('/api/v1/namespaces', { metadata: { name: 'openshift-gitops' } });
    try {
      const { spec } = world.podManifest('server');
      const labels = { app: 'openshift-gitops-server' };
      const spread = [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } }];
      await world.client.create('/apis/apps/v1/namespaces/openshift-gitops/deployments', {
        metadata: { name: 'openshift-gitops-server' },
        spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { ...spec, topologySpreadConstraints: spread } } },
      });
      await world.kubectl.run('-n', 'openshift-gitops', 'rollout', 'status', 'deployment/openshift-gitops-server', '--timeout=180s');
      await world.kubectl.run('apply', '-f', 'deploy/jobs/samples/openshift-gitops-server.yaml');
      const running = await operator.deploymentCapture(PUBLISHED, ({ pods = [] }) => pods.length === 2 && pods.every(({ progress }) => progress === 'running'));
      expect(running.pods?.map(({ node }) => node).sort()).toEqual([node1, node2]);
      expect(running.pods?.map(({ name, job }) => job === `${name}-qwer`)).toEqual([true, true]);
      for (const [index, { name }] of (running.pods ?? []).entries()) {
        const address = await world.kubectl.run('-n', 'openshift-gitops', 'get', 'pod', name, '-o', 'jsonpath={.status.podIP}');
        await world.ping(far, address, 5 + index);
      }
      const ended = await operator.deploymentCapture(PUBLISHED, isEnded);
      expect(ended).toMatchObject({ progress: 'finished', pods: [{ progress: 'finished', reason: 'TimeLimit' }, { progress: 'finished', reason: 'TimeLimit' }] });
      for (const [index, { node, files = [] }] of (ended.pods ?? []).entries()) {
        expect(await operator.packets(node, files.map(({ name }) => name), 'icmp')).toBe(2 * (5 + index));
      }
      expect((await objectsOf(PUBLISHED)).split('\n').sort()).toEqual(['configmap/openshift-gitops-openshift-gitops-server', ...(ended.pods ?? []).map(({ job }) => `job.batch/${job}`)].sort());
      await operator.kubectl('delete', `packetcapture.monitoring.openshift.tpg/${PUBLISHED}`);
      await eventually(async () => (await objectsOf(PUBLISHED)) === '', 60_000);
    } finally {
      await world.kubectl.run('delete', 'namespace', 'openshift-gitops', '--wait=false');
    }
  });

  it('two of one Deployment share what they can: the one that is deleted leaves the other what it needs', async () => {
    const workload = await CapturedWorkload.create(world, 'Deployment', 'shared', 1);
    const [pod] = await workload.settled(1);
    if (!pod) throw new Error('there is no Pod');
    await operator.apply(deploymentCapture('first', 'aaaa', 'shared', '600'));
    await operator.apply(deploymentCapture('second', 'bbbb', 'shared', '600'));
    for (const name of ['first', 'second']) await operator.deploymentCapture(name, ({ pods = [] }) => pods[0]?.progress === 'running');
    const configMap = `configmap/${world.namespace}-shared`;
    expect((await objectsOf('of-shared')).split('\n').sort()).toEqual([configMap, `job.batch/${pod.name}-aaaa`, `job.batch/${pod.name}-bbbb`]);
    // Who works next knows it from the objects alone.
    await operator.kubectl('rollout', 'restart', 'deployment/pcapper-operator');
    await operator.kubectl('delete', 'packetcapture.monitoring.openshift.tpg/first');
    await eventually(async () => (await objectsOf('of-shared')).split('\n').sort().join() === [configMap, `job.batch/${pod.name}-bbbb`].join(), 120_000);
    await operator.kubectl('rollout', 'status', 'deployment/pcapper-operator', '--timeout=180s');
    await world.ping(far, pod.address, 3);
    expect((await operator.deploymentCapture('second', ({ pods = [] }) => pods[0] !== undefined)).pods?.[0]).toMatchObject({ progress: 'running' });
    await operator.kubectl('delete', 'packetcapture.monitoring.openshift.tpg/second');
    await eventually(async () => (await objectsOf('of-shared')) === '', 120_000);
    await eventually(async () => !(await operator.onNode(pod.node, 'ps', '-eo', 'args')).includes('-w /captures/'), 60_000);
  });

  it('are told by a condition where there is nothing to capture, and begin when there is', async () => {
    await operator.apply(deploymentCapture('early', 'cccc', 'late', '15'));
    const condition = async (reason: string) => operator.deploymentCapture('early', ({ conditions = [] }) => conditions.some((each) => each.status === 'False' && each.reason.includes(reason)));
    await condition('NotFound');
    const workload = await CapturedWorkload.create(world, 'Deployment', 'late', 0);
    await condition('NoPods');
    await workload.scale(1);
    expect(await operator.deploymentCapture('early', isEnded)).toMatchObject({ progress: 'finished', pods: [{ reason: 'TimeLimit' }] });
    await operator.kubectl('delete', 'packetcapture.monitoring.openshift.tpg/early');
  });

  it('of a PacketCapture: what the Pod exchanges, until it is told to stop', async () => {
    const web = await world.idlePod('web', node1);
    await operator.capturePod('one', web, { captureFilter: 'icmp' });
    const running = await operator.capture('one', ({ progress }) => progress === 'running');
    expect(running).toMatchObject({ node: node1, dispatcher: 'Job' });
    await world.ping(far, web.address, 20);
    await operator.kubectl('patch', 'pktcap', 'one', '--type=merge', '-p', '{"spec":{"stop":true}}');
    const ended = await operator.capture('one', isEnded);
    expect(ended).toMatchObject({ progress: 'finished', reason: 'Stopped', interface: 'eth0', packets: { captured: 40, dropped: 0 } });
    expect(await operator.packets(node1, (ended.files ?? []).map(({ name }) => name))).toBe(40);
  });

  it('that is killed goes on in the next Pod of its Job, and its gap is told', async () => {
    const web = await world.idlePod('killed', node1);
    await operator.capturePod('killed', web, { captureFilter: 'icmp' });
    await operator.capture('killed', ({ progress }) => progress === 'running');
    await world.ping(far, web.address, 5);
    const count = async () => (await operator.onNode(node1, 'sh', '-c', 'cd /host/captures && for file in *.killed.*.pcap*; do tcpdump -Z root -n -r "$file" 2> /dev/null; done | wc -l')).trim();
    await eventually(async () => (await count()) === '10', 60_000);
    await operator.onNode(node1, 'sh', '-c', 'kill -KILL $(pgrep -f "agent.cjs --once")');
    await eventually(async () => (await operator.kubectl('get', 'pods', '-l', 'app.kubernetes.io/component=capture-job', '-o', 'jsonpath={range .items[*]}{.metadata.labels.job-name} {.status.containerStatuses[0].ready}{"\\n"}{end}')).split('\n').some((line) => line.includes('killed') && line.endsWith('true')), 120_000);
    await world.ping(far, web.address, 6);
    await operator.kubectl('patch', 'pktcap', 'killed', '--type=merge', '-p', '{"spec":{"stop":true}}');
    const ended = await operator.capture('killed', isEnded);
    expect(ended).toMatchObject({ progress: 'finished', reason: 'Partial' });
    expect(ended.gaps).toHaveLength(1);
    expect(await operator.packets(node1, (ended.files ?? []).map(({ name }) => name))).toBe(22);
  });

  it('that cannot begin says why, in the words that an agent has', async () => {
    const web = await world.idlePod('odd', node1);
    await operator.capturePod('odd', web, { targetInterface: 'net9' });
    expect(await operator.capture('odd', isEnded)).toMatchObject({ progress: 'failure', reason: 'InterfaceNotFound', message: expect.stringContaining('net9') as string });
  });
});
