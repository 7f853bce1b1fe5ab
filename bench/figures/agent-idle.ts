import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from '../figure.ts';
import { BareNode } from '../world/bare-node.ts';
import { BenchAgent } from '../world/bench-agent.ts';
import { BenchCluster, podEnvironment } from '../world/bench-cluster.ts';
import { CountingProxy } from '../world/counting-proxy.ts';
import { residentMegabytes } from '../world/process-figures.ts';
import { median } from '../world/statistics.ts';

/** The watches of the agent: its captures, unclaimed captures, its Pods. */
const WATCHES = 3;
const IDLE_MINUTES = 3;
const OF_EACH_KIND = 3;
const SAMPLES = 10;

/**
 * Agents with nothing to do for 3 minutes after they became ready, with 100 Pods of about 18 kB each on their node.
 *
 * `agent.idleRss`: VmRSS of /proc/PID/status, the median of ten samples of a second at the end of that time, of the
 * bundled agent with the credentials of a ServiceAccount; the median of three agents. The baseline, measured at the
 * same time, is a bare Node that is kept alive. `agent.idleRss.kubeconfig`: with a kubeconfig and client certificate instead.
 * Depends on the version of Node, on the size and number of the node's Pods (the first list is read as a whole, and
 * what V8 has taken for that it gives back late or never), and on nothing that happens on other nodes.
 *
 * `agent.idleRequests`: what passes a proxy between one more such agent and the API server, once /readyz answers 200 and
 * the agent's three watches are open. A watch that is opened anew counts. Each stream is listed and watched anew about
 * every 10 minutes (7.5 at least), which these 3 minutes do not see: over hours that makes 0.6 requests a minute.
 */
export const subject: Subject = {
  names: ['agent.idleRss', 'agent.idleRss.kubeconfig', 'agent.idleRequests'],
  needs: ['root', 'tcpdump', 'nsenter', 'kube-apiserver'],
  async run(say) {
    await using open = new AsyncDisposableStack();
    const cluster = open.use(await BenchCluster.start());
    const bytes = await cluster.fillNode('node-1', 100);
    say(`100 Pods of ${Math.round(bytes / 1000)} kB each`);
    const { server } = cluster.api;
    const account = open.use(await cluster.serviceAccount());
    const proxy = open.use(await CountingProxy.start(server));
    const proxied = open.use(await cluster.serviceAccount(proxy.caFile));

    const [bare, inCluster, byKubeconfig]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < OF_EACH_KIND; i += 1) {
      bare.push(open.use(await BareNode.start()).pid);
      inCluster.push(open.use(await BenchAgent.start({ node: 'node-1', credentials: cluster.inCluster, prefix: account.prefix })).pid);
      byKubeconfig.push(open.use(await BenchAgent.start({ node: 'node-1', credentials: cluster.kubeconfig })).pid);
    }
    open.use(await BenchAgent.start({ node: 'node-1', credentials: podEnvironment(proxy.url), prefix: proxied.prefix }));
    while (proxy.requests.filter(({ isWatch }) => isWatch).length < WATCHES) await sleep(10);
    const ready = performance.now();
    say(`ready after ${proxy.requests.length} requests; idle for ${IDLE_MINUTES} minutes`);
    await sleep(IDLE_MINUTES * 60_000 - SAMPLES * 1000);

    const memory = new Map([...bare, ...inCluster, ...byKubeconfig].map((pid) => [pid, [] as number[]]));
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      await sleep(1000);
      for (const [pid, samples] of memory) samples.push(residentMegabytes(pid));
    }
    const requests = proxy.requests.filter(({ at }) => at >= ready);
    for (const { method, url } of requests) say(`${method} ${url}`);

    const rssOf = (pids: readonly number[]) => median(pids.map((pid) => median(memory.get(pid) ?? [])));
    return [
      { name: 'agent.idleRss', value: rssOf(inCluster), unit: 'MB', baseline: rssOf(bare), target: { of: 'ratio', atMost: 1.6 } },
      { name: 'agent.idleRss.kubeconfig', value: rssOf(byKubeconfig), unit: 'MB', baseline: rssOf(bare) },
      { name: 'agent.idleRequests', value: requests.length / IDLE_MINUTES, unit: 'per minute', target: { of: 'value', atMost: 1 } },
    ];
  },
};
