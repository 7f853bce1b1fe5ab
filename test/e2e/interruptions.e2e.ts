import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Capture } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { E2eWorld } from './world/e2e-world.ts';
import { describeOnLocalCluster } from './world/local-parts.ts';
import { expectAllButTheGaps, SteadyPing } from './world/steady-ping.ts';

/** A capture that runs while pings go on, is disturbed, and is stopped when it runs again. */
async function disturbed(name: string, { disturb, gaps }: { readonly disturb: (world: E2eWorld, node: string) => Promise<void>; readonly gaps: number }): Promise<Capture> {
  await using world = await E2eWorld.open();
  const [node1 = '', node2 = ''] = await world.nodes();
  const [web, other] = await Promise.all([world.pod('web', node1), world.pod('other', node2)]);
  const pings = await SteadyPing.start(world, other, web);
  await world.capture(name, { ...world.of(web), captureFilter: 'icmp' });
  await world.reaches(name, 'running');
  await pings.answers(30);
  await disturb(world, node1);
  await world.reaches(name, 'running', ({ status }) => (status?.gaps ?? []).length === gaps);
  await pings.answers(30);
  await world.patch(name, { stop: true });
  const capture = await world.reaches(name, 'finished');
  await expectAllButTheGaps(world, capture, await pings.stop());
  expect(capture.status).toMatchObject({ reason: gaps === 0 ? 'Stopped' : 'Partial', packets: { dropped: 0 } });
  expect(capture.status?.gaps ?? []).toHaveLength(gaps);
  return capture;
}

describe('agents that are interrupted while captures run', () => {
  it('an agent whose Pod is deleted goes on in its next one', async () => {
    await disturbed('pod-deleted', {
      gaps: 1,
      disturb: async (world, node) => {
        await world.kubectl.run('-n', 'pcapper', 'delete', 'pod', await world.agentPod(node));
      },
    });
  });

  it('an agent that is killed goes on after its restart', async () => {
    await disturbed('agent-killed', {
      gaps: 1,
      disturb: async (world, node) => {
        await world.kubectl.attempt('-n', 'pcapper', 'exec', await world.agentPod(node), '--', 'pkill', '-KILL', '-f', '/opt/pcapper/agent.cjs');
      },
    });
  });

  it('agents that are rolled go on, on every node', async () => {
    await disturbed('rolled', {
      gaps: 1,
      disturb: async (world) => {
        await world.kubectl.run('-n', 'pcapper', 'rollout', 'restart', 'daemonset/pcapper');
        await world.kubectl.run('-n', 'pcapper', 'rollout', 'status', 'daemonset/pcapper', '--timeout=180s');
      },
    });
  });
});

describeOnLocalCluster('a cluster whose parts fail while captures run', (parts) => {
  // Nodes count as lost after an API server was away for a minute, and stay so for one or two more: but for kubelets that begin anew.
  afterAll(async () => {
    await using world = await E2eWorld.open();
    for (const node of await world.nodes()) await parts.signalKubelet(node, 'KILL');
    await world.kubectl.run('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=180s');
    await world.kubectl.run('-n', 'pcapper', 'wait', '--for=condition=Ready', 'pods', '--all', '--timeout=180s');
  });

  it('a kubelet that is restarted interrupts nothing', async () => {
    await disturbed('kubelet-restarted', {
      gaps: 0,
      disturb: async (world, node) => {
        const before = await parts.kubeletPid(node);
        await parts.signalKubelet(node, 'KILL');
        await eventually(async () => ![before, ''].includes(await parts.kubeletPid(node).catch(() => '')), 60_000);
        await eventually(() => world.agentPod(node));
      },
    });
  });

  it('captures end in their time while the API server is away, and are reported when it is back', async () => {
    await using world = await E2eWorld.open();
    const [node1 = '', node2 = ''] = await world.nodes();
    const [web, other] = await Promise.all([world.pod('web', node1), world.pod('other', node2)]);
    const pings = await SteadyPing.start(world, other, web);
    await world.capture('ends-meanwhile', { ...world.of(web), captureFilter: 'icmp', captureSeconds: 15 });
    await world.reaches('ends-meanwhile', 'running');
    await parts.apiserver.stop();
    await sleep(25_000);
    parts.apiserver.start();
    await world.answered();
    const capture = await world.reaches('ends-meanwhile', 'finished');
    expect(capture.status).toMatchObject({ reason: 'TimeLimit', packets: { dropped: 0 } });
    const { startTime = '', completionTime = '' } = capture.status ?? {};
    expect(Date.parse(completionTime) - Date.parse(startTime)).toBeLessThan(20_000);
    await expectAllButTheGaps(world, capture, await pings.stop());
  });

  // Takes two minutes: the absence itself, and what Kubernetes needs after the absence in the test before until a Namespace
  // has its ServiceAccount and Pods are ready, for its own parts try again only every 30 s by then.
  it('an API server that is away for 60 s interrupts nothing', async () => {
    await disturbed('api-away', {
      gaps: 0,
      disturb: async (world) => {
        await parts.apiserver.stop();
        await sleep(60_000);
        parts.apiserver.start();
        await world.answered();
      },
    });
  });
});
