import { eventually } from '../../test/adapters/kubernetes/eventually.ts';
import { SHIPPED } from '../../test/e2e/install.ts';
import type { TrafficPod } from '../../test/e2e/world/e2e-world.ts';
import type { Subject } from '../figure.ts';
import { LOCAL_CLUSTER, measureOnLocalCluster, type MeasureOnCluster } from '../world/on-local-cluster.ts';

/**
 * From the moment `kubectl apply -f deploy/install.yaml` is started on a cluster that has never seen pcapper, to the moment
 * at which a PacketCapture of a Pod on each of its two nodes is `running`. Both are created as soon as the API server
 * takes them. The images are on the nodes, and the captured Pods run. Once, on a cluster of its own.
 *
 * Depends on how fast kubelet and containerd start Pods, one after another (operator, then agents), and on how often the
 * kubelet asks whether they are ready.
 */
export const subject: Subject = {
  names: ['install.toFirstCapture'],
  needs: LOCAL_CLUSTER,
  run: () => measureOnLocalCluster(import.meta.filename),
};

export const measure: MeasureOnCluster = async ({ world, say }) => {
  const nodes = await world.nodes();
  const pods = await Promise.all(nodes.map((node) => world.pod(`web-on-${node}`, node)));
  const begun = performance.now();
  const since = () => (performance.now() - begun) / 1000;
  await world.kubectl.run('apply', '-f', SHIPPED);
  say(`applied after ${since().toFixed(1)} s`);
  const captureRuns = async (pod: TrafficPod) => {
    await eventually(() => world.capture(pod.name, world.of(pod)).then(() => true, () => false), 120_000);
    say(`the capture on ${pod.node} is taken after ${since().toFixed(1)} s`);
    await world.reaches(pod.name, 'running');
    say(`it runs after ${since().toFixed(1)} s`);
    return since();
  };
  const times = await Promise.all(pods.map(captureRuns));
  return [{ name: 'install.toFirstCapture', value: Math.max(...times), unit: 's', target: { of: 'value', atMost: 20 } }];
};
