import { randomUUID } from 'node:crypto';
import { KubernetesClient, NodePods, PacketCaptureSource } from '../../../../src/adapters/kubernetes/index.ts';
import { realClock } from '../real-clock.ts';
import { ScriptedApi, sendJson } from '../scripted-api.ts';

// Run with --expose-gc: prints how many bytes of heap stay for each object that is watched, and how long each is as JSON.
const CAPTURES = 5_000;
const PODS = 250;
/** Of another node. */
const HOSTILE_PODS = 40;

const long = (prefix: string, count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}.example.com/${i}`, randomUUID().repeat(3)]));
const managedFields = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ manager: `manager-${i}`, operation: 'Update', time: '2026-11-21T00:00:00Z', fieldsV1: long('f:field', 30) }));

const capture = (i: number) => ({
  apiVersion: 'pcapper.io/v1alpha1',
  kind: 'PacketCapture',
  metadata: { name: `capture-${i}`, namespace: 'pcapper', uid: randomUUID(), resourceVersion: String(1000 + i), annotations: long('note', 20), labels: long('label', 5), managedFields: managedFields(3) },
  spec: { targetNamespace: 'shop', targetPod: `web-${i}`, captureSeconds: 600, captureFilter: `tcp port ${i}`, maxFileSize: '100M', fileCount: 10 },
});

const pod = (i: number) => ({
  metadata: { name: `pod-${i}`, namespace: 'shop', uid: randomUUID(), resourceVersion: String(1000 + i), annotations: long('note', 20), labels: long('label', 10), managedFields: managedFields(3) },
  spec: { nodeName: 'n1', containers: Array.from({ length: 4 }, (_, c) => ({ name: `c${c}`, image: randomUUID().repeat(3), env: Object.entries(long('env', 20)).map(([name, value]) => ({ name, value })) })) },
  status: { phase: 'Running', podIP: '10.0.0.1', containerStatuses: Array.from({ length: 4 }, (_, c) => ({ name: `c${c}`, imageID: randomUUID().repeat(3), state: { running: { startedAt: '2026-11-21T00:00:00Z' } } })) },
});

/** Its annotations are as long as they may be (k8s.io/apimachinery/pkg/api/validation/objectmeta.go). */
const hostilePod = (i: number) => ({ ...pod(i), metadata: { ...pod(i).metadata, annotations: { 'tcpdump.antrea.io': 'x'.repeat(260_000) } } });

await using api = await ScriptedApi.start(({ url: { pathname, searchParams } }, response) => {
  if (searchParams.has('watch')) {
    response.writeHead(200).flushHeaders();
    return;
  }
  const isOwn = searchParams.get('fieldSelector') === 'status.node=n1';
  // Made for each answer, so that this process does not keep them for another reason.
  const onNode = searchParams.get('fieldSelector') === 'spec.nodeName=n2' ? { one: hostilePod, count: HOSTILE_PODS } : { one: pod, count: PODS };
  const make = pathname.endsWith('/pods') ? onNode : { one: capture, count: isOwn ? 0 : CAPTURES };
  const from = Number(searchParams.get('continue') ?? 0);
  const to = Math.min(make.count, from + Number(searchParams.get('limit') ?? make.count));
  sendJson(response, 200, {
    metadata: { resourceVersion: '100000', ...(to < make.count && { continue: String(to) }) },
    items: Array.from({ length: to - from }, (_, i) => make.one(from + i)),
  });
});
using client = new KubernetesClient(api.connection);
const life = new AbortController();

async function used(): Promise<number> {
  for (let round = 0; round < 5; round += 1) {
    await realClock.sleep(50);
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

const options = { client, clock: realClock, node: 'n1' };
// The first list loads code and warms up; what is measured is a second one.
await new PacketCaptureSource({ ...options, namespace: 'pcapper' }).start(() => undefined, life.signal);
await new NodePods(options).start(() => undefined, life.signal);
const before = await used();
const source = new PacketCaptureSource({ ...options, namespace: 'pcapper' });
await source.start(() => undefined, life.signal);
const withCaptures = await used();
const pods = new NodePods(options);
await pods.start(() => undefined, life.signal);
const withPods = await used();
const hostile = new NodePods({ ...options, node: 'n2' });
await hostile.start(() => undefined, life.signal);
const withHostile = await used();
if ([...source.uids()].length !== CAPTURES || !pods.find('shop', 'pod-7') || !hostile.annotated('shop', 'pod-7')) throw new Error('not all is known');
console.log(
  JSON.stringify({
    capture: { kept: Math.round((withCaptures - before) / CAPTURES), json: JSON.stringify(capture(1)).length },
    pod: { kept: Math.round((withPods - withCaptures) / PODS), json: JSON.stringify(pod(1)).length },
    hostile: { kept: Math.round((withHostile - withPods) / HOSTILE_PODS), json: JSON.stringify(hostilePod(1)).length },
  }),
);
life.abort();
