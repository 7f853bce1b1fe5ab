import { setTimeout as sleep } from 'node:timers/promises';
import { type CaptureApi, CAPTURES } from '../../test/adapters/kubernetes/capture-api.ts';
import { eventually } from '../../test/adapters/kubernetes/eventually.ts';
import type { TestPod } from '../../test/harness/test-pod.ts';
import type { Subject } from '../figure.ts';
import { BenchAgent } from '../world/bench-agent.ts';
import { BenchCluster, podEnvironment } from '../world/bench-cluster.ts';
import { CountingProxy } from '../world/counting-proxy.ts';
import { createNodePod } from '../world/node-pod.ts';
import { type Received, ReceivedLines } from '../world/received-lines.ts';
import { WatchingAgents } from '../world/watching-agents.ts';

const AGENTS = 500;
const CAPTURES_MADE = 6;
const CAPTURE_SECONDS = 8;
/** No line for so long: nothing more comes. Milliseconds. */
const QUIET_MS = 3_000;

interface Counted extends Received {
  /** Versions of the capture that a status write has made. */
  readonly updates: number;
}

/**
 * Watch events that 500 agents receive together for one capture, from its creation to its deletion: a real agent that
 * runs the capture, and the reflectors of 499 agents of other nodes (unclaimed captures, their own, their Pods), on a
 * real API server. A line of a watch counts where it is received, if it is about that capture; bookmarks are about none.
 * Six captures of 8 s, one after another, of a Pod with traffic, so that the status moves.
 *
 * `scale.eventsPerCapture`: the mean; `.worst`: the capture with the most. The baseline is what is allowed: two for each
 * agent (there is one, there is none any more), one for each write of this capture's status, and 10.
 * `scale.eventsAfterClaim`: of the 499, those after the one that told that the capture is taken; the capture with the most.
 *
 * Depends on the selectors of the agent's watches alone, not on speed.
 */
export const subject: Subject = {
  names: ['scale.eventsPerCapture', 'scale.eventsPerCapture.worst', 'scale.eventsAfterClaim', 'scale.statusUpdates'],
  needs: ['root', 'tcpdump', 'ip', 'ping', 'nsenter', 'cgroup', 'kube-apiserver'],
  async run(say) {
    await using open = new AsyncDisposableStack();
    const cluster = open.use(await BenchCluster.start());
    const { api } = cluster;
    const pod = open.use(await createNodePod(api, 'real-node', 'busy'));

    const ofAgent = new ReceivedLines();
    const proxy = open.use(await CountingProxy.start(api.server, (line) => ofAgent.add(JSON.parse(line) as Parameters<ReceivedLines['add']>[0])));
    const account = open.use(await cluster.serviceAccount(proxy.caFile));
    open.use(await BenchAgent.start({ node: 'real-node', credentials: podEnvironment(proxy.url), prefix: account.prefix }));
    const begun = performance.now();
    const others = open.use(await WatchingAgents.start(api.server.kubeconfig, AGENTS - 1));
    say(`${AGENTS} agents watch after ${Math.round((performance.now() - begun) / 1000)} s`);

    const counted: Counted[] = [];
    for (let number = 1; number <= CAPTURES_MADE; number += 1) {
      const { uid, updates } = await oneCapture(api, `scale-${number}`, pod);
      let received = await others.received(uid);
      for (let before = -1; before !== received.lines + ofAgent.of(uid).lines; ) {
        before = received.lines + ofAgent.of(uid).lines;
        await sleep(QUIET_MS);
        received = await others.received(uid);
      }
      if (received.agents !== AGENTS - 1) throw new Error(`only ${received.agents} of ${AGENTS - 1} agents heard of the capture`);
      const own = ofAgent.of(uid);
      counted.push({ ...received, lines: received.lines + own.lines, updates });
      say(`capture ${number}: ${received.lines} lines to others, ${own.lines} to its agent, ${updates} status updates`);
    }
    const figure = ({ lines, updates }: { lines: number; updates: number }) => ({ value: lines, unit: '', baseline: 2 * AGENTS + updates + 10, target: { of: 'ratio', atMost: 1 } }) as const;
    const mean = (of: 'lines' | 'updates') => counted.reduce((sum, each) => sum + each[of], 0) / counted.length;
    const worst = counted.reduce((most, each) => (each.lines - each.updates > most.lines - most.updates ? each : most));
    return [
      { name: 'scale.eventsPerCapture', ...figure({ lines: mean('lines'), updates: mean('updates') }) },
      { name: 'scale.eventsPerCapture.worst', ...figure(worst) },
      { name: 'scale.eventsAfterClaim', value: Math.max(...counted.map(({ afterClaim }) => afterClaim)), unit: '', target: { of: 'value', atMost: 0 } },
      { name: 'scale.statusUpdates', value: mean('updates'), unit: '' },
    ];
  },
};

/** Makes a capture, lets it run to its end and deletes it; counts the versions that it had as an onlooker sees them. */
async function oneCapture(api: CaptureApi, name: string, pod: TestPod): Promise<{ readonly uid: string; readonly updates: number }> {
  const { metadata } = await api.client.list(CAPTURES);
  const life = new AbortController();
  const query = { fieldSelector: `metadata.name=${name}`, resourceVersion: metadata.resourceVersion };
  const onlooker = countUpdates(api, query, life.signal);
  const capture = await api.make(name, { targetNamespace: pod.namespace, targetPod: pod.name, maxFileSize: '1M', fileCount: 2, captureSeconds: CAPTURE_SECONDS });
  await pod.ping(CAPTURE_SECONDS * 10, { interval: 0.1 });
  await eventually(async () => (await api.statusOf(name)).progress === 'finished', 60_000);
  await api.delete(name);
  return { uid: capture.metadata.uid, updates: await onlooker.finally(() => life.abort()) };
}

/** Resolves at the deletion. */
async function countUpdates(api: CaptureApi, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number> {
  let updates = 0;
  for await (const { type } of api.client.watch(CAPTURES, { query, signal })) {
    if (type === 'MODIFIED') updates += 1;
    if (type === 'DELETED') return updates;
  }
  throw new Error('the onlooker\'s watch ended before the capture was deleted');
}
