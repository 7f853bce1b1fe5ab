import { JobsOperator, OWN_CAPTURES } from '../../test/e2e/world/jobs-operator.ts';
import type { Subject } from '../figure.ts';
import { CaptureWatch } from '../world/capture-watch.ts';
import { LOCAL_CLUSTER, measureOnLocalCluster, type MeasureOnCluster } from '../world/on-local-cluster.ts';
import { quantile } from '../world/statistics.ts';
import { createToRunning } from '../world/timed-capture.ts';

const WARM_UP = 2;
const CAPTURES_MEASURED = 20;

/**
 * PacketCaptures that are made by Jobs, with the real images as deploy/jobs runs them on the local cluster: no agents, the
 * operator alone. 20 captures one after another, on both nodes by turns, each `finished` before the next; 2 before them
 * warm up. The images are on the nodes.
 *
 * `job.createToCapturing`: from the moment a client sends the create of the PacketCapture to the moment at which tcpdump
 * makes its first file, which it does once it has opened the device and set the filter: by the birth of that file
 * (statx(2)), on the same machine's clock. `job.createToRunning`: to the moment at which another connection's watch reads
 * the capture with progress `running`; the kubelet asks once a second whether it captures.
 *
 * Depends on how fast operator, Job controller, scheduler, kubelet and containerd start a Pod, and node in it: both nodes
 * and the control plane share one machine.
 */
export const subject: Subject = {
  names: ['job.createToCapturing.p50', 'job.createToCapturing.p90', 'job.createToRunning.p50'],
  needs: LOCAL_CLUSTER,
  run: () => measureOnLocalCluster(import.meta.filename),
};

export const measure: MeasureOnCluster = async ({ cluster, world, say }) => {
  await using operator = await JobsOperator.deploy(world, cluster);
  const nodes = await world.nodes();
  const pods = await Promise.all(nodes.map((node) => world.idlePod(`web-on-${node}`, node)));
  using connection = cluster.connect();
  using watch = await CaptureWatch.open(connection, OWN_CAPTURES);
  const [capturing, running]: [number[], number[]] = [[], []];
  for (let i = 0; i < WARM_UP + CAPTURES_MEASURED; i += 1) {
    const pod = pods[i % pods.length];
    if (pod === undefined) throw new Error('there is no node');
    const name = `measured-${i}`;
    const begun = Date.now();
    running.push(await createToRunning(connection, watch, pod, name, OWN_CAPTURES));
    const { status } = await watch.reaches(name, 'finished');
    capturing.push((await operator.birthOf(pod.node, status.files?.[0]?.name ?? '')) - begun);
    if (i + 1 === WARM_UP) capturing.length = running.length = 0;
  }
  say(`${capturing.map((took) => Math.round(took)).join(' ')} ms`);
  return [
    { name: 'job.createToCapturing.p50', value: quantile(capturing, 0.5), unit: 'ms', target: { of: 'value', atMost: 3000 } },
    { name: 'job.createToCapturing.p90', value: quantile(capturing, 0.9), unit: 'ms' },
    { name: 'job.createToRunning.p50', value: quantile(running, 0.5), unit: 'ms' },
  ];
};
