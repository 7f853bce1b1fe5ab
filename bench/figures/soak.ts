import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from '../figure.ts';
import { BenchAgent } from '../world/bench-agent.ts';
import { BenchCluster } from '../world/bench-cluster.ts';
import { COLLECTING, collectGarbage } from '../world/collected-memory.ts';
import { createNodePod } from '../world/node-pod.ts';
import { descriptors, peakMegabytes, residentMegabytes } from '../world/process-figures.ts';
import { SoakRound, untilNothingIsLeft } from '../world/soak-round.ts';
import { robustSlope } from '../world/statistics.ts';

/** Length of the soak, after the captures that are noted. */
const MINUTES = Number(process.env['PCAPPER_BENCH_SOAK_MINUTES'] ?? 20);
/** This part of the time is warm-up, too: V8 is still compiling and optimizing code, about 1 MB in the first 300 captures. */
const WARM_UP = 0.5;
/** The agent keeps notes of the last 1000 captures; they have to be full before growth is growth. */
const NOTED_CAPTURES = 1100;
const HOUR_MS = 3_600_000;

/** At one quiet point. */
interface Sample {
  /** Hours since the start. */
  readonly x: number;
  /** MB (10^6 bytes). */
  readonly rss: number;
  /** MB (10^6 bytes). */
  readonly heap: number;
  readonly descriptors: number;
}

/**
 * An agent that works for 20 minutes (`PCAPPER_BENCH_SOAK_MINUTES`): rounds of nine captures at once on four Test Pods,
 * which end by time, by packets, by `stop`, by deletion at once and while they run, by two kinds of failure, and by the
 * end of their Pod. Before, 1,100 captures fail at once, so that the notes that the agent keeps of the last 1,000 are full.
 *
 * After each round, when resources, files and child processes are gone, the agent collects its garbage (a signal, by
 * a few lines that the bench preloads into it), and its VmRSS is read for two seconds (the least counts), its heap and
 * its open file descriptors. Without that, garbage that V8 has not yet collected would be measured, which is several MB
 * this way or that. The slope is Theil's and Sen's (the median of the slopes of all pairs of points), the first half
 * left out. `soak.rssSlope` and `soak.fdSlope` by that; `soak.heapSlope` tells the same without what the allocator keeps;
 * `soak.rss` is the last reading; `soak.peakRss` the most that the process ever had, garbage included.
 *
 * Depends on the version of Node, and on a machine that has time: it decides how many rounds there are, and V8 must have
 * done most of its optimizing by the second half. Code that it makes counts as heap.
 */
export const subject: Subject = {
  names: ['soak.rssSlope', 'soak.fdSlope', 'soak.heapSlope', 'soak.rss', 'soak.peakRss', 'soak.captures'],
  needs: ['root', 'tcpdump', 'ip', 'ping', 'nsenter', 'cgroup', 'kube-apiserver'],
  async run(say) {
    await using open = new AsyncDisposableStack();
    const cluster = open.use(await BenchCluster.start());
    const { api } = cluster;
    const node = 'node-1';
    const account = open.use(await cluster.serviceAccount());
    const agent = open.use(await BenchAgent.start({ node, credentials: cluster.inCluster, prefix: account.prefix, nodeOptions: COLLECTING }));
    const pods = await Promise.all([1, 2, 3, 4].map(async (i) => open.use(await createNodePod(api, node, `busy-${i}`))));

    let begun = performance.now();
    await new SoakRound(api, node, pods, 'noted').fail(NOTED_CAPTURES);
    await untilNothingIsLeft(api, agent);
    say(`${NOTED_CAPTURES} captures failed, as they should, in ${Math.round((performance.now() - begun) / 1000)} s`);

    begun = performance.now();
    const samples: Sample[] = [];
    let captures = 0;
    for (let round = 1; performance.now() - begun < MINUTES * 60_000; round += 1) {
      captures += await new SoakRound(api, node, pods, `round-${round}`).run();
      await untilNothingIsLeft(api, agent);
      const sample = await sampleOf(agent, (performance.now() - begun) / HOUR_MS);
      samples.push(sample);
      if (round % 5 === 1) say(`round ${round}: rss ${sample.rss.toFixed(2)} MB, heap ${sample.heap.toFixed(3)} MB, ${sample.descriptors} descriptors`);
    }
    const counted = samples.slice(Math.ceil(samples.length * WARM_UP));
    if (counted.length < 2) throw new Error(`${MINUTES} minutes were enough for ${samples.length} rounds only: PCAPPER_BENCH_SOAK_MINUTES has to be more`);
    const slopeOf = (y: keyof Sample) => robustSlope(counted.map((sample) => ({ x: sample.x, y: sample[y] })));
    return [
      { name: 'soak.rssSlope', value: slopeOf('rss'), unit: 'MB/h', target: { of: 'value', atMost: 1 } },
      { name: 'soak.fdSlope', value: slopeOf('descriptors'), unit: 'per h', target: { of: 'value', atMost: 0 } },
      { name: 'soak.heapSlope', value: slopeOf('heap'), unit: 'MB/h' },
      { name: 'soak.rss', value: samples.at(-1)?.rss ?? NaN, unit: 'MB' },
      { name: 'soak.peakRss', value: peakMegabytes(agent.pid), unit: 'MB' },
      { name: 'soak.captures', value: captures, unit: '' },
    ];
  },
};

async function sampleOf(agent: BenchAgent, x: number): Promise<Sample> {
  const { heapUsed } = await collectGarbage(agent);
  let rss = Infinity;
  for (let i = 0; i < 20; i += 1) {
    await sleep(100);
    rss = Math.min(rss, residentMegabytes(agent.pid));
  }
  return { x, rss, heap: heapUsed / 1e6, descriptors: descriptors(agent.pid) };
}
