import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from '../figure.ts';
import { BenchAgent } from '../world/bench-agent.ts';
import { BenchCluster } from '../world/bench-cluster.ts';
import { residentMegabytes } from '../world/process-figures.ts';
import { median } from '../world/statistics.ts';

const OF_EACH_KIND = 7;
const IDLE_MINUTES = 3;
const SAMPLES = 10;

/**
 * VmRSS of agents whose only source are annotations (`--source annotation`), with nothing to do for 3 minutes after the last
 * of them became ready, measured as `agent.idleRss` is: the bundled agent with the credentials of a ServiceAccount, 100 Pods
 * of about 18 kB each on its node. The baseline are agents for PacketCaptures that are otherwise the same.
 *
 * The two kinds differ by less than one percent, and starts of one kind by half of that, by when V8 collected garbage while
 * the Pods were read. So there are seven of each, started by turns, alternately first, and measured at the same time: of
 * each the median of ten samples of a second, of those the median.
 */
export const subject: Subject = {
  names: ['agent.idleRss.annotation'],
  needs: ['root', 'tcpdump', 'nsenter', 'kube-apiserver'],
  async run(say) {
    await using open = new AsyncDisposableStack();
    const cluster = open.use(await BenchCluster.start());
    await cluster.fillNode('node-1', 100);
    const { prefix } = open.use(await cluster.serviceAccount());
    const start = async (source: string) => {
      const { pid } = open.use(await BenchAgent.start({ node: 'node-1', credentials: cluster.inCluster, prefix, environment: { SOURCE: source } }));
      return { source, pid, samples: [] as number[] };
    };
    const agents: Awaited<ReturnType<typeof start>>[] = [];
    for (let i = 0; i < OF_EACH_KIND; i += 1) {
      const sources = ['annotation', 'packetcapture'];
      for (const source of i % 2 === 0 ? sources : sources.reverse()) agents.push(await start(source));
    }
    await sleep(IDLE_MINUTES * 60_000 - SAMPLES * 1000);
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      await sleep(1000);
      for (const { pid, samples } of agents) samples.push(residentMegabytes(pid));
    }
    const rssOf = (source: string) => {
      const each = agents.filter((agent) => agent.source === source).map(({ samples }) => median(samples));
      say(`${source} ${each.map((megabytes) => megabytes.toFixed(1)).join(' ')} MB`);
      return median(each);
    };
    return [{ name: 'agent.idleRss.annotation', value: rssOf('annotation'), unit: 'MB', baseline: rssOf('packetcapture'), target: { of: 'ratio', atMost: 1 } }];
  },
};
