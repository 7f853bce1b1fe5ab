import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../src/adapters/kubernetes/index.ts';
import type { IncidentStatus } from '../../examples/custom-controller/incident.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { readyNodes } from './world/annotation-agents.ts';
import { E2eWorld, type TrafficPod } from './world/e2e-world.ts';

const MANIFEST = 'examples/custom-controller/incidents.yaml';
const NAMESPACE = 'incident-controller';
const FOLDER = '/captures';
/** The controller captures for a minute. */
const WITHIN_MS = 180_000;

describe('examples/custom-controller', () => {
  let world: E2eWorld;
  let disks: AsyncDisposable;
  let node1 = '';
  let node2 = '';
  let far: TrafficPod;

  beforeAll(async () => {
    world = await E2eWorld.open();
    [node1 = '', node2 = ''] = await world.nodes();
    disks = await readyNodes([node1, node2]);
    await world.kubectl.run('apply', '-f', MANIFEST);
    await world.kubectl.run('-n', NAMESPACE, 'rollout', 'status', 'daemonset/incident-controller', '--timeout=180s');
    far = await world.idlePod('far', node2);
  });
  afterAll(async () => {
    for (const node of [node1, node2]) await onNode(node, `rm -r ${FOLDER}/*`);
    await world.kubectl.run('delete', '-f', MANIFEST, '--wait', '--cascade=foreground', '--timeout=120s');
    await disks[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  /** In the controller's container of that node, which has the node's processes and captures. */
  async function onNode(node: string, script: string): Promise<string> {
    const argv = ['-n', NAMESPACE, 'get', 'pods', '-l', 'app=incident-controller', `--field-selector=spec.nodeName=${node}`, '-o', 'jsonpath={.items[0].metadata.name}'];
    return world.kubectl.run('-n', NAMESPACE, 'exec', await world.kubectl.run(...argv), '--', 'sh', '-c', script);
  }

  const pathOf = (name: string) => `/apis/example.com/v1/namespaces/${world.namespace}/incidents/${name}`;

  /** As a user makes one. @returns its uid */
  async function incident(name: string, pod: TrafficPod): Promise<string> {
    await world.kubectl.apply({ apiVersion: 'example.com/v1', kind: 'Incident', metadata: { name, namespace: pod.namespace }, spec: { pod: pod.name, reason: 'It is slow.' } });
    return (await world.client.get(pathOf(name))).metadata.uid;
  }

  async function reaches(name: string, phase: IncidentStatus['phase']): Promise<IncidentStatus> {
    return eventually(async () => {
      const { status } = await world.client.get<KubernetesObject & { readonly status?: IncidentStatus }>(pathOf(name));
      return status?.phase === phase ? status : undefined;
    }, WITHIN_MS);
  }

  /** Packets in files of that node, counted by tcpdump. */
  async function packets(node: string, files: readonly string[] = [], filter = ''): Promise<number> {
    return Number(await onNode(node, `for file in ${files.join(' ')}; do tcpdump -Z root -n -r "$file" -- '${filter}' 2> /dev/null; done | wc -l`));
  }

  /** The command lines of all tcpdumps that write captures of that name on that node. */
  async function tcpdumps(node: string, name: string): Promise<readonly string[]> {
    return (await onNode(node, 'ps -C tcpdump -o args= || true')).split('\n').filter((line) => line.includes(`-w ${FOLDER}/`) && line.includes(name));
  }

  it('captures the Pod of an Incident on its own node, and writes what came of it into the Incident', async () => {
    const [web, db] = await Promise.all([world.idlePod('web', node1), world.idlePod('db', node2)]);
    await Promise.all([incident('web-is-slow', web), incident('db-is-slow', db)]);
    expect(await reaches('web-is-slow', 'Capturing')).toMatchObject({ node: node1, message: 'eth0 is captured.' });
    expect(await reaches('db-is-slow', 'Capturing')).toMatchObject({ node: node2, message: 'eth0 is captured.' });
    expect([await tcpdumps(node2, 'web-is-slow'), await tcpdumps(node1, 'db-is-slow')]).toEqual([[], []]);
    await world.ping(far, web.address, 20);
    await world.ping(far, db.address, 7);
    for (const [name, node, echoes] of [['web-is-slow', node1, 40], ['db-is-slow', node2, 14]] as const) {
      const { node: told, reason, files, packets: counted } = await reaches(name, 'Captured');
      expect({ told, reason, files }).toEqual({ told: node, reason: 'TimeLimit', files: [expect.stringMatching(new RegExp(`^${FOLDER}/${node}\\.${name}\\.\\d+\\.pcap0$`))] });
      // Besides the echoes there may be ARP and IPv6's own.
      expect([await packets(node, files, 'icmp'), await packets(node, files)]).toEqual([echoes, counted]);
    }
  });

  it('ends the capture of an Incident that is deleted', async () => {
    const web = await world.idlePod('brief', node1);
    await incident('is-over', web);
    await reaches('is-over', 'Capturing');
    expect(await tcpdumps(node1, 'is-over')).toHaveLength(1);
    await world.client.delete(pathOf('is-over'));
    await eventually(async () => (await tcpdumps(node1, 'is-over')).length === 0, WITHIN_MS);
  });

  it('goes on with a capture when it was killed, and has all packets of both parts', async () => {
    const web = await world.idlePod('killed', node1);
    await incident('goes-on', web);
    await reaches('goes-on', 'Capturing');
    const files = async () => (await onNode(node1, `ls ${FOLDER}/*.goes-on.*.pcap* || true`)).split('\n');
    await world.ping(far, web.address, 5);
    await eventually(async () => (await packets(node1, await files(), 'icmp')) === 10, WITHIN_MS);
    await onNode(node1, 'pkill -KILL -f "^node /opt/incidents/controller.mjs"');
    await eventually(async () => (await tcpdumps(node1, 'goes-on').catch(() => [])).length === 1 && (await files()).length === 2, WITHIN_MS);
    await world.ping(far, web.address, 6);
    const status = await reaches('goes-on', 'Captured');
    expect(status).toMatchObject({ node: node1, reason: 'Partial' });
    expect(status.files).toHaveLength(2);
    expect(await packets(node1, status.files, 'icmp')).toBe(22);
  });
});
