import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CAPTURES } from '../../test/adapters/kubernetes/capture-api.ts';
import type { TestPod } from '../../test/harness/test-pod.ts';
import type { Subject } from '../figure.ts';
import { BenchAgent } from '../world/bench-agent.ts';
import { BenchCluster } from '../world/bench-cluster.ts';
import { CaptureWatch } from '../world/capture-watch.ts';
import { createNodePod } from '../world/node-pod.ts';
import { findNumbers, FoundNumbers, NumberedSender } from '../world/numbered-packets.ts';
import { residentMegabytes } from '../world/process-figures.ts';
import { median } from '../world/statistics.ts';

const AT_ONCE = 32;
const PACKETS_PER_POD = 5_000;
const NODE = 'bench-node';
/** A status is written every 2 s; after so long the agent has done all that it does for the captures that it began or ended. */
const SETTLE_MS = 6_000;
const SAMPLES = 20;
const SAMPLE_EVERY_MS = 250;

/**
 * 32 Pods with a network namespace each, 32 PacketCaptures made at once, one agent with MAX_CONCURRENT_CAPTURES=32.
 *
 * `concurrent.missing`: once all are running, each Pod is sent 5,000 numbered UDP packets, all Pods side by side; then all
 * are stopped at once; packets that are in no file, over all. `concurrent.rssPerCapture`: VmRSS of the agent process with
 * 32 running (packets sent, reports flowing) less its VmRSS when it is idle, over 32; each is the median of 20 looks
 * within 5 s. Idle means after one capture that came and went, so that what is loaded for the first is not counted, and
 * what the heap grows by for many is. tcpdump's own processes and their rings in the kernel are not part of it.
 *
 * Depends on the version of Node (its collector decides when memory is given back), and on whether the agent is the bundle.
 */
export const subject: Subject = {
  names: ['concurrent.missing', 'concurrent.rssPerCapture'],
  needs: ['root', 'tcpdump', 'ip', 'nsenter', 'cgroup', 'kube-apiserver'],
  async run(say) {
    await using cluster = await BenchCluster.start();
    await using resources = new AsyncDisposableStack();
    const pods: TestPod[] = [];
    for (let i = 0; i < AT_ONCE; i += 1) pods.push(resources.use(await createNodePod(cluster.api, NODE, `pod-${i}`)));
    await using agent = await BenchAgent.start({ node: NODE, credentials: cluster.kubeconfig, environment: { MAX_CONCURRENT_CAPTURES: String(AT_ONCE) } });
    using watch = await CaptureWatch.open(cluster.api.server);
    const captures = new Captures(cluster, watch);

    await captures.start('warm-up', pods[0]);
    await captures.stop('warm-up');
    const idle = await settledMemory(agent);

    await Promise.all(pods.map((pod) => captures.start(pod.name, pod)));
    say(`${AT_ONCE} captures run`);
    const sent = await Promise.all(pods.map((pod, stream) => sendTo(pod, stream)));
    const busy = await settledMemory(agent);
    say(`agent: ${idle.toFixed(1)} MB idle, ${busy.toFixed(1)} MB with ${AT_ONCE} captures`);

    const files = await Promise.all(pods.map((pod) => captures.stop(pod.name)));
    const missing = files.map((names, stream) => {
      const numbers = new FoundNumbers(sent[stream] ?? 0);
      return findNumbers(names.map((name) => join(agent.hostmount, name)), stream, numbers).missing();
    });
    return [
      { name: 'concurrent.missing', value: sum(missing), unit: 'packets', target: { of: 'value', atMost: 0 } },
      { name: 'concurrent.rssPerCapture', value: (busy - idle) / AT_ONCE, unit: 'MB', target: { of: 'value', atMost: 1 } },
    ];
  },
};

/** PacketCaptures as a user has them. */
class Captures {
  readonly #cluster: BenchCluster;
  readonly #watch: CaptureWatch;

  constructor(cluster: BenchCluster, watch: CaptureWatch) {
    this.#cluster = cluster;
    this.#watch = watch;
  }

  /** Resolves when it is running. */
  async start(name: string, pod: TestPod | undefined): Promise<void> {
    const spec = { targetNamespace: pod?.namespace, targetPod: pod?.name, maxFileSize: '10M', fileCount: 2 };
    await this.#cluster.api.make(name, spec);
    await this.#watch.reaches(name, 'running');
  }

  /** Resolves with the names of its files when it is finished. */
  async stop(name: string): Promise<readonly string[]> {
    await this.#cluster.api.client.patch(`${CAPTURES}/${name}`, 'merge', { spec: { stop: true } });
    const { status } = await this.#watch.reaches(name, 'finished');
    return (status.files ?? []).map((file) => file.name);
  }
}

async function sendTo(pod: TestPod, stream: number): Promise<number> {
  using sender = await NumberedSender.open(pod.address, stream);
  while (sender.sent < PACKETS_PER_POD) await sender.send();
  return sender.sent;
}

/** MB. */
async function settledMemory(agent: BenchAgent): Promise<number> {
  await sleep(SETTLE_MS);
  const samples: number[] = [];
  while (samples.length < SAMPLES) {
    samples.push(residentMegabytes(agent.pid));
    await sleep(SAMPLE_EVERY_MS);
  }
  return median(samples);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
