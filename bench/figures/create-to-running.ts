import { join } from 'node:path';
import { TestHostmount } from '../../test/harness/agent-process.ts';
import type { Figure, Say, Subject } from '../figure.ts';
import { spawnToListening } from '../world/bare-tcpdump.ts';
import { BenchAgent } from '../world/bench-agent.ts';
import { BenchCluster } from '../world/bench-cluster.ts';
import { CaptureWatch } from '../world/capture-watch.ts';
import { createNodePod } from '../world/node-pod.ts';
import { quantile } from '../world/statistics.ts';
import { createToRunning } from '../world/timed-capture.ts';

const WARM_UP = 10;
const CAPTURES_MEASURED = 150;

/**
 * From the moment a client sends the create of a PacketCapture (POST) to the moment at which another connection's watch
 * reads it with progress `running`, on a real kube-apiserver (loopback, etcd without fsync), with the agent as a process
 * and a real tcpdump in a Test Pod's network namespace. 150 captures one after another, each stopped and `finished`
 * before the next; 10 before them warm up agent and server. In between, alternately before and after, a bare tcpdump
 * is spawned into the same namespace, until it says "listening on": its median is the baseline of both figures.
 *
 * Depends on: how fast the machine starts processes (the baseline, nearly all of it tcpdump's own start), the
 * API server's two status writes, and on the number of processes on the node, through which the Pod's is found.
 */
export const subject: Subject = {
  names: ['createToRunning.p50', 'createToRunning.p99'],
  needs: ['root', 'tcpdump', 'ip', 'nsenter', 'cgroup', 'kube-apiserver'],
  async run(say) {
    await using cluster = await BenchCluster.start();
    const node = 'bench-node';
    await using _agent = await BenchAgent.start({ node, credentials: cluster.kubeconfig });
    await using pod = await createNodePod(cluster.api, node, 'web-1');
    using watch = await CaptureWatch.open(cluster.api.server);
    using folder = new TestHostmount();
    const times: number[] = [];
    const bare: number[] = [];
    for (let i = -WARM_UP; i < CAPTURES_MEASURED; i += 1) {
      const measures = [
        async () => times.push(await createToRunning(cluster.api.server, watch, pod, `measured-${i + WARM_UP}`)),
        async () => bare.push(await spawnToListening(pod.pid, join(folder.path, 'bare.pcap'))),
      ];
      for (const measure of i % 2 === 0 ? measures : measures.reverse()) await measure();
      if (i === -1) times.length = bare.length = 0;
      if (i > 0 && i % 50 === 0) say(`${i} of ${CAPTURES_MEASURED} captures`);
    }
    return figures(times, bare, say);
  },
};

function figures(times: readonly number[], bare: readonly number[], say: Say): readonly Figure[] {
  say(`bare p50 ${quantile(bare, 0.5).toFixed(1)} ms, p99 ${quantile(bare, 0.99).toFixed(1)} ms`);
  const baseline = quantile(bare, 0.5);
  return [
    { name: 'createToRunning.p50', value: quantile(times, 0.5), unit: 'ms', baseline, target: { of: 'ratio', atMost: 2.5 } },
    { name: 'createToRunning.p99', value: quantile(times, 0.99), unit: 'ms', baseline, target: { of: 'ratio', atMost: 6 } },
  ];
}
