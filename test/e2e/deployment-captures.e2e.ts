import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeploymentCaptureStatus, PodCapture } from '../../src/api/openshift/index.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { ECHO_REQUEST } from '../harness/packet-count.ts';
import { E2eWorld, type TrafficPod } from './world/e2e-world.ts';
import { JobsOperator } from './world/jobs-operator.ts';
import { CapturedWorkload } from './world/workload.ts';

const EXAMPLE = 'packet-capture-openshift-gitops-openshift-gitops-server';
const GITOPS = 'openshift-gitops';

describe('captures of a Deployment by Jobs, as OpenShift\'s operator has them asked for', () => {
  let world: E2eWorld;
  let operator: JobsOperator;
  let asker: TrafficPod;
  let nodes: readonly string[];
  beforeAll(async () => {
    world = await E2eWorld.open();
    nodes = await world.nodes();
    operator = await JobsOperator.deploy(world);
    asker = await world.idlePod('asker', nodes[0] ?? '');
  });
  afterAll(async () => {
    await operator[Symbol.asyncDispose]();
    await world.kubectl.run('delete', 'namespace', GITOPS, '--ignore-not-found', '--wait=false');
    await world[Symbol.asyncDispose]();
  });

  const entryOf = ({ pods = [] }: DeploymentCaptureStatus, { uid }: TrafficPod): PodCapture => {
    const entry = pods.find((one) => one.uid === uid);
    if (!entry) throw new Error(`no Pod ${uid} in ${JSON.stringify(pods)}`);
    return entry;
  };
  const requestsIn = ({ node, files = [] }: PodCapture) => operator.packets(node, files.map(({ name }) => name), ECHO_REQUEST);
  const running = (count: number) => ({ podsTotal }: DeploymentCaptureStatus) => podsTotal?.running === count;

  it('the published example, unchanged: every packet of each Pod is in the files of its node; all goes with the resource', async () => {
    await world.kubectl.run('apply', '-f', `deploy/jobs/samples/openshift-gitops-server.yaml`);
    const waiting = await operator.status(EXAMPLE, ({ conditions }) => conditions?.some(({ type, status }) => type === 'TargetFound' && status === 'False'));
    expect(waiting.conditions?.find(({ type }) => type === 'TargetFound')?.reason).toBe('NamespaceNotFound');
    const workload = await CapturedWorkload.create(world, 'Deployment', 'openshift-gitops-server', 2, GITOPS);
    const pods = await workload.settled(2);
    expect(pods.map(({ node }) => node).sort()).toEqual(nodes);
    await operator.kubectl('wait', '--for=condition=Capturing', `packetcaptures.monitoring.openshift.tpg/${EXAMPLE}`, '--timeout=120s');
    await operator.status(EXAMPLE, running(2));
    for (const [index, pod] of pods.entries()) await world.ping(asker, pod.address, 10 + index);
    const ended = await operator.status(EXAMPLE, ({ progress }) => progress === 'finished' || progress === 'failure');
    expect(ended).toMatchObject({ progress: 'finished', reason: 'TimeLimit', podsTotal: { count: 2, finished: 2, failure: 0 } });
    for (const [index, pod] of pods.entries()) {
      const entry = entryOf(ended, pod);
      expect(entry).toMatchObject({ name: pod.name, node: pod.node, job: `${pod.name}-qwer`, interface: 'eth0', lossless: 'True' });
      expect(await requestsIn(entry), pod.name).toBe(10 + index);
      expect(entry.packets?.captured).toBeGreaterThanOrEqual(2 * (10 + index));
    }
    const objects = await operator.objectsOf(EXAMPLE);
    expect(objects.filter((name) => name.startsWith('configmap/'))).toEqual(['configmap/openshift-gitops-openshift-gitops-server']);
    expect(objects.filter((name) => name.startsWith('job.batch/'))).toEqual(pods.map(({ name }) => `job.batch/${name}-qwer`).sort());
    await operator.kubectl('delete', '-f', 'deploy/jobs/samples/openshift-gitops-server.yaml');
    await eventually(async () => (await operator.objectsOf(EXAMPLE)).length === 0, 120_000);
  });

  it('two captures of one Deployment, one deleted: its Jobs are stopped and gone, the other goes on; the last takes all, by Kubernetes alone', async () => {
    const workload = await CapturedWorkload.create(world, 'Deployment', 'web', 2);
    const pods = await workload.settled(2);
    const target = { targetNamespace: world.namespace, targetDeployment: 'web' };
    const instance = `packet-capture-${world.namespace}-web`;
    await operator.make('first', { ...target, jobId: 'one1', duration: '600' }, instance);
    await operator.make('second', { ...target, jobId: 'two2', duration: '90' }, instance);
    await operator.status('first', running(2));
    await operator.status('second', running(2));
    for (const pod of pods) await world.ping(asker, pod.address, 5);
    await operator.kubectl('delete', 'packetcaptures.monitoring.openshift.tpg', 'first');
    const left = [`configmap/${world.namespace}-web`, 'packetcapture.monitoring.openshift.tpg/second', ...pods.map(({ name }) => `job.batch/${name}-two2`)].sort();
    await eventually(async () => {
      const objects = await operator.objectsOf(instance);
      const others = objects.filter((name) => !name.startsWith('pod/'));
      return JSON.stringify(others) === JSON.stringify(left) && objects.every((name) => !name.startsWith('pod/') || name.includes('-two2-'));
    }, 120_000);
    for (const pod of pods) await world.ping(asker, pod.address, 7);
    const ended = await operator.status('second', ({ progress }) => progress === 'finished' || progress === 'failure');
    expect(ended).toMatchObject({ progress: 'finished', reason: 'TimeLimit' });
    for (const pod of pods) expect(await requestsIn(entryOf(ended, pod)), pod.name).toBe(12);
    await operator.stop();
    await operator.kubectl('delete', 'packetcaptures.monitoring.openshift.tpg', 'second');
    await eventually(async () => (await operator.objectsOf(instance)).length === 0, 120_000);
    await operator.begin();
  });
});
