import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '../../src/adapters/kubernetes/index.ts';
import { NAMESPACE } from '../../test/adapters/kubernetes/capture-api.ts';
import type { Subject } from '../figure.ts';
import { BareNode } from '../world/bare-node.ts';
import { BenchCluster, podEnvironment } from '../world/bench-cluster.ts';
import { BenchProgram } from '../world/bench-program.ts';
import { CountingProxy } from '../world/counting-proxy.ts';
import { residentMegabytes } from '../world/process-figures.ts';
import { median } from '../world/statistics.ts';

const DEPLOYMENT = 'pcapper-operator';
/** What a start brings about is over by then: the CRDs, the DaemonSet, the Lease. */
const SETTLE_MS = 20_000;
const IDLE_MINUTES = 3;
const SAMPLES = 10;

/**
 * Two operators, one of which leads, with nothing to do for 3 minutes on a real kube-apiserver with 100 Pods: CRDs and
 * DaemonSet are there, no captures and no sets. Both are bundled and run with the credentials of a ServiceAccount.
 *
 * `operator.idleRss`: VmRSS of /proc/PID/status of the one that leads, the median of ten samples of a second at the end
 * of that time; the baseline, measured at the same time, is a bare Node that is kept alive. Depends on the version of Node.
 *
 * `operator.idleRequests`: what passes a proxy between both of them and the API server. Nearly all of it keeps and
 * observes the Lease. Each watch is opened anew about every 10 minutes (7.5 at least) after a list, and counts if it falls
 * into these minutes.
 */
export const subject: Subject = {
  names: ['operator.idleRss', 'operator.idleRequests'],
  needs: ['root', 'nsenter', 'kube-apiserver'],
  async run(say) {
    await using open = new AsyncDisposableStack();
    const cluster = open.use(await BenchCluster.start());
    await cluster.fillNode('node-1', 100);
    await createDeployment(cluster);
    const proxy = open.use(await CountingProxy.start(cluster.api.server));
    const { prefix } = open.use(await cluster.serviceAccount(proxy.caFile));
    const start = async (podName: string) => {
      const environment = { NAMESPACE, POD_NAME: podName, DEPLOYMENT, AGENT_IMAGE: 'pcapper/agent:bench' };
      return open.use(await BenchProgram.start('operator', { credentials: podEnvironment(proxy.url), prefix, environment }));
    };
    const bare = open.use(await BareNode.start());
    const leader = await start('operator-1');
    await start('operator-2');
    await sleep(SETTLE_MS);
    const begun = performance.now();
    say(`ready after ${proxy.requests.length} requests; idle for ${IDLE_MINUTES} minutes`);
    await sleep(IDLE_MINUTES * 60_000 - SAMPLES * 1000);
    const [rss, bareRss]: [number[], number[]] = [[], []];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      await sleep(1000);
      rss.push(residentMegabytes(leader.pid));
      bareRss.push(residentMegabytes(bare.pid));
    }
    const requests = proxy.requests.filter(({ at }) => at >= begun);
    for (const [what, count] of countsOf(requests)) say(`${count} × ${what}`);
    const holder = await holderOfLease(cluster);
    if (!holder.startsWith('operator-1_')) throw new Error(`${holder} leads instead of operator-1, whose memory was measured: ${leader.log.slice(-4096)}`);
    return [
      { name: 'operator.idleRss', value: median(rss), unit: 'MB', baseline: median(bareRss), target: { of: 'ratio', atMost: 1.7 } },
      { name: 'operator.idleRequests', value: requests.length / IDLE_MINUTES, unit: 'per minute', target: { of: 'value', atMost: 70 } },
    ];
  },
};

/** The Deployment that the operators belong to. Nobody runs its Pods: there is no controller manager. */
async function createDeployment({ api }: BenchCluster): Promise<void> {
  const labels = { app: DEPLOYMENT };
  await api.client.create(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, {
    metadata: { name: DEPLOYMENT },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'operator', image: 'none' }] } } },
  });
}

async function holderOfLease({ api }: BenchCluster): Promise<string> {
  type Lease = KubernetesObject & { readonly spec: { readonly holderIdentity: string } };
  const lease = await api.client.get<Lease>(`/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/pcapper-operator`);
  return lease.spec.holderIdentity;
}

function countsOf(requests: readonly { readonly method: string; readonly url: string }[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { method, url } of requests) {
    const what = `${method} ${url.split('?', 1)[0] ?? url}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}
