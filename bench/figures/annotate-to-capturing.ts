import { tcpdumpsOf } from '../../test/harness/tcpdumps-of.ts';
import type { Subject } from '../figure.ts';
import { BenchAgent } from '../world/bench-agent.ts';
import { BenchCluster } from '../world/bench-cluster.ts';
import { CaptureWatch } from '../world/capture-watch.ts';
import { LogTail } from '../world/log-tail.ts';
import { createNodePod } from '../world/node-pod.ts';
import { quantile } from '../world/statistics.ts';
import { annotateToCapturing } from '../world/timed-annotation.ts';
import { createToRunning } from '../world/timed-capture.ts';

const WARM_UP = 10;
const CAPTURES_MEASURED = 100;

/**
 * From the moment a client sends the PATCH that annotates a Pod with `pcapper.io/capture: "2"` to the moment at which the
 * agent's log has been read to say `running`, which it says once tcpdump listens and the manifest is on disk; that its
 * tcpdump is there is looked at each time. 100 annotations, each removed, and the capture with it, before the next; 10
 * before them warm up. The agent is a process with both sources on a real kube-apiserver, as in createToRunning.
 *
 * The baseline is createToRunning, of the same agent for the same Pod, alternately before and after each: 100 as well.
 *
 * Depends on what createToRunning depends on, but for the status writes: none is waited for before tcpdump may begin, none
 * before it is told, and no watch brings the news. It captures on `any` instead of `eth0`.
 */
export const subject: Subject = {
  names: ['annotateToCapturing.p50', 'annotateToCapturing.p99'],
  needs: ['root', 'tcpdump', 'ip', 'nsenter', 'cgroup', 'kube-apiserver'],
  async run(say) {
    await using cluster = await BenchCluster.start();
    const node = 'bench-node';
    await using agent = await BenchAgent.start({ node, credentials: cluster.kubeconfig, environment: { SOURCE: 'packetcapture,annotation' } });
    await using pod = await createNodePod(cluster.api, node, 'web-1');
    const { server } = cluster.api;
    using watch = await CaptureWatch.open(server);
    using log = new LogTail(agent.logFile);
    const captures = async () => {
      const running = await tcpdumpsOf(agent.hostmount);
      if (running !== 1) throw new Error(`${running} tcpdumps capture instead of one`);
    };
    const [annotated, created]: [number[], number[]] = [[], []];
    for (let i = -WARM_UP; i < CAPTURES_MEASURED; i += 1) {
      const measures = [
        async () => annotated.push(await annotateToCapturing(server, log, pod, captures)),
        async () => created.push(await createToRunning(server, watch, pod, `measured-${i + WARM_UP}`)),
      ];
      for (const measure of i % 2 === 0 ? measures : measures.reverse()) await measure();
      if (i === -1) annotated.length = created.length = 0;
      if (i > 0 && i % 50 === 0) say(`${i} of ${CAPTURES_MEASURED} captures`);
    }
    return [
      { name: 'annotateToCapturing.p50', value: quantile(annotated, 0.5), unit: 'ms', baseline: quantile(created, 0.5), target: { of: 'ratio', atMost: 1.5 } },
      { name: 'annotateToCapturing.p99', value: quantile(annotated, 0.99), unit: 'ms', baseline: quantile(created, 0.99) },
    ];
  },
};
