import { join } from 'node:path';
import { installShipped } from '../../test/e2e/install.ts';
import type { Subject } from '../figure.ts';
import { spawnToListening } from '../world/bare-tcpdump.ts';
import { CaptureWatch } from '../world/capture-watch.ts';
import { ContainerCgroup } from '../world/container-cgroup.ts';
import { LOCAL_CLUSTER, measureOnLocalCluster, type MeasureOnCluster } from '../world/on-local-cluster.ts';
import { quantile } from '../world/statistics.ts';
import { createToRunning } from '../world/timed-capture.ts';

const WARM_UP = 6;
const CAPTURES_MEASURED = 60;

/**
 * As createToRunning, with the real images as deploy/install.yaml runs them on the local cluster: from the moment a client
 * sends the create of a PacketCapture to the moment at which another connection's watch reads it with progress `running`.
 * 60 captures one after another, on both nodes by turns, each `finished` before the next; 6 before them warm up. In between,
 * alternately before and after, a bare tcpdump is spawned into the same Pod's network namespace, until it says "listening
 * on": its median is the baseline.
 *
 * Depends on what createToRunning depends on, and on what the kubelets, containerds and the control plane do meanwhile:
 * the two nodes share one machine with them. The audit log of the API server is on.
 */
export const subject: Subject = {
  names: ['e2e.createToRunning.p50', 'e2e.createToRunning.p99'],
  needs: LOCAL_CLUSTER,
  run: () => measureOnLocalCluster(import.meta.filename),
};

export const measure: MeasureOnCluster = async ({ cluster, world }) => {
  await installShipped(cluster);
  const nodes = await world.nodes();
  const pods = await Promise.all(nodes.map((node) => world.pod(`web-on-${node}`, node)));
  using connection = cluster.connect();
  using watch = await CaptureWatch.open(connection);
  await using folder = await world.scratchFolder();
  const [times, bare]: [number[], number[]] = [[], []];
  for (let i = -WARM_UP; i < CAPTURES_MEASURED; i += 1) {
    const pod = pods[Math.abs(i % pods.length)];
    if (pod === undefined) throw new Error('there is no node');
    const [pid = 0] = (await ContainerCgroup.ofPod(world.kubectl, pod)).pids;
    const measures = [
      async () => times.push(await createToRunning(connection, watch, pod, `measured-${i + WARM_UP}`)),
      async () => bare.push(await spawnToListening(pid, join(folder.path, 'bare.pcap'))),
    ];
    // Each order on each node.
    for (const measure of (i >> 1) % 2 === 0 ? measures : measures.reverse()) await measure();
    if (i === -1) times.length = bare.length = 0;
  }
  const baseline = quantile(bare, 0.5);
  return [
    { name: 'e2e.createToRunning.p50', value: quantile(times, 0.5), unit: 'ms', baseline, target: { of: 'value', atMost: 100 } },
    { name: 'e2e.createToRunning.p99', value: quantile(times, 0.99), unit: 'ms', baseline },
  ];
};
