import { afterAll, beforeAll, expect, it } from 'vitest';
import { SystemClock } from '../../src/adapters/system-clock.ts';
import { formatOutcome } from '../../src/api/one-shot/capture-outcome.ts';
import { CaptureApi, NAMESPACE } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { OneShotWorld } from '../examples/standalone-agent/one-shot-world.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { requires } from '../harness/requirements.ts';
import { Operator } from '../operator/jobs/dispatching-operator.ts';
import { type JobObject, PlayedJobs } from '../operator/jobs/played-jobs.ts';
import { AgentWorld, fileNames } from './agent-world.ts';

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('captures by Jobs, beside the resident agent of their node', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
    await api.client.create('/api/v1/nodes', { metadata: { name: 'n1' } });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it('are left alone by it, from the claim to the end and after, and told by the operator from the real one-shot', async () => {
    await using world = new AgentWorld(api);
    await using shots = new OneShotWorld();
    const pod = await world.pod('n1', 'web');
    const played = new PlayedJobs(api.client, NAMESPACE);
    const operator = await Operator.start(api.server.kubeconfig, new SystemClock());
    try {
      const { metadata } = await world.capture('by-job', 'web', { captureFilter: 'icmp', captureSeconds: 300 });
      const job = await eventually(async () => (await played.list())[0]);
      const agent = await world.agent('n1');
      expect((await api.statusOf('by-job')).dispatcher).toBe('Job');

      // As the kubelet would, with what the Job gives to its container.
      const name = await played.makePod(job);
      const shot = shots.start('', { ...variablesOf(job), HOSTMOUNT: world.hostmount.path, MIN_FREE_DISK: '1M' });
      await eventually(() => shot.isReady);
      await played.run(name, Date.now());
      await world.reaches('by-job', 'running');
      await pod.ping(5);

      // Its own work goes on, and a restart is none for the other.
      await operator.pause();
      await world.capture('resident', 'web', { captureFilter: 'icmp' });
      await world.reaches('resident', 'running');
      await agent.end('SIGTERM');
      await world.agent('n1');
      await pod.ping(3);
      await world.patch('resident', { stop: true });
      const resident = await world.reaches('resident', 'finished');
      expect(resident.status?.dispatcher).toBe('Agent');
      expect(await api.statusOf('by-job')).toMatchObject({ progress: 'running', dispatcher: 'Job' });

      const another = await Operator.start(api.server.kubeconfig, new SystemClock());
      try {
        await world.patch('by-job', { stop: true });
        await eventually(async () => (await api.client.get<{ spec: { suspend?: boolean } }>(`/apis/batch/v1/namespaces/${NAMESPACE}/jobs/${job.metadata.name}`)).spec.suspend);
        // What the Job controller and the kubelet make of that.
        expect(await shot.end('SIGTERM')).toBe(0);
        await played.tell(name, { phase: 'Succeeded', containerStatuses: [{ name: 'capture', ready: false, restartCount: 0, image: '', imageID: '', state: { terminated: { exitCode: 0, message: formatOutcome(shot.outcome) } } }] });
        const ended = await world.reaches('by-job', 'finished');
        expect(ended.status).toMatchObject({ reason: 'Stopped', dispatcher: 'Job', node: 'n1', packets: { captured: 2 * (5 + 3) }, gaps: [] });
        expect(await countPackets(world.hostmount.path, fileNames(ended), ECHO_REQUEST)).toBe(8);
        expect((await world.events(ended)).map(({ reason }) => reason).sort()).toEqual(['Finished', 'Running', 'Scheduled']);
        expect((await world.events(ended)).filter(({ note }) => note.includes('Node n1 takes'))).toEqual([]);

        // Files of Jobs stay, those of the agent go.
        await api.delete('by-job');
        await api.delete('resident');
        await eventually(() => !world.pcapFiles.some((file) => fileNames(resident).includes(file)));
        expect(world.pcapFiles.sort()).toEqual(fileNames(ended).sort());
        expect(metadata.uid).toBe(ended.metadata.uid);
      } finally {
        await another.pause();
      }
    } finally {
      await operator.pause();
      for (const job of await played.list()) await played.delete(job);
    }
  });
});

/** As the kubelet reads them (EnvVar.value). */
function variablesOf(job: JobObject): Readonly<Record<string, string>> {
  const { containers } = job.spec.template.spec as { readonly containers: readonly { readonly env: readonly { readonly name: string; readonly value?: string }[] }[] };
  return Object.fromEntries((containers[0]?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value.replaceAll('$$', '$')]])));
}
