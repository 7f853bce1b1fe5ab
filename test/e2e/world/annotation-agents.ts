import { inject } from 'vitest';
import type { KubernetesObject } from '../../../src/adapters/kubernetes/index.ts';
import { NAMESPACE } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import type { E2eWorld, TrafficPod } from './e2e-world.ts';
import { LocalParts } from './local-parts.ts';
import { RoomyDisk } from './roomy-disk.ts';

const RBAC = 'deploy/annotation/rbac.yaml';
const TEST_POD = 'deploy/annotation/test-pod.yaml';
const DAEMON_SET = 'deploy/annotation/daemonset.yaml';
const FOLDER = '/captures';
/** Images that docs/ and deploy/ name. */
const IN_DOCS = ['busybox:1.37', 'nginx:1.29'];
const WITHIN_MS = 120_000;

/** What tests may run in an agent's Pod; given arguments are `$1`, `$2`, … */
interface Script {
  readonly script: string;
  readonly argv?: readonly string[];
}

/** The local nodes get a disk for the captures of annotated Pods, and have an image of the tests by the names that docs/ and deploy/ have. */
export async function readyNodes(nodes: readonly string[]): Promise<AsyncDisposable> {
  const { folder } = inject('cluster');
  const held = new AsyncDisposableStack();
  if (folder === undefined) return held;
  const parts = new LocalParts(folder);
  for (const node of nodes) {
    held.use(await RoomyDisk.mount(parts, node, FOLDER, '8G'));
    const containerd = ['--address', parts.file(node, 'containerd.sock'), '--namespace', 'k8s.io'];
    for (const image of IN_DOCS) await parts.onNode(node, 'ctr', ...containerd, 'images', 'tag', '--force', 'docker.io/pcapper/e2e-traffic:1', `docker.io/library/${image}`);
  }
  return held;
}

/** What deploy/annotation/ makes, but for the namespace, which is the operator's too; whatever of it there is. */
export async function removeAgents({ kubectl }: E2eWorld): Promise<void> {
  await kubectl.run('delete', '-f', TEST_POD, '-f', DAEMON_SET, '--ignore-not-found', '--wait', '--cascade=foreground', '--timeout=120s');
  await kubectl.run('delete', 'clusterrolebinding,clusterrole', 'pcapper-annotation', '--ignore-not-found');
  await kubectl.run('-n', NAMESPACE, 'delete', 'serviceaccount', 'pcapper-annotation', '--ignore-not-found');
}

/** The agents of deploy/annotation, and what they captured. */
export class AnnotationAgents implements AsyncDisposable {
  readonly #world: E2eWorld;
  readonly #disks: AsyncDisposable;

  static async deploy(world: E2eWorld): Promise<AnnotationAgents> {
    const agents = new AnnotationAgents(world, await readyNodes(await world.nodes()));
    await world.kubectl.run('apply', '-f', RBAC, '-f', DAEMON_SET);
    await agents.rolled();
    return agents;
  }

  private constructor(world: E2eWorld, disks: AsyncDisposable) {
    this.#world = world;
    this.#disks = disks;
  }

  async rolled(): Promise<void> {
    await this.#world.kubectl.run('-n', NAMESPACE, 'rollout', 'status', 'daemonset/pcapper-annotation', '--timeout=180s');
  }

  agentPod(node: string): Promise<string> {
    return this.#world.agentPod(node, 'annotation-agent');
  }

  async run(node: string, { script, argv = [] }: Script): Promise<string> {
    return this.#world.kubectl.run('-n', NAMESPACE, 'exec', await this.agentPod(node), '--', 'sh', '-c', script, 'sh', ...argv);
  }

  /** Names of what lies in the node's folder for captures, but for locks and the ledger. */
  async files(node: string): Promise<readonly string[]> {
    return (await this.run(node, { script: `ls ${FOLDER}` })).split('\n').filter((name) => name !== '').sort();
  }

  /** The command lines of all tcpdumps that write there. */
  async tcpdumps(node: string): Promise<readonly string[]> {
    const lines = await this.run(node, { script: 'ps -C tcpdump -o args= || true' });
    return lines.split('\n').filter((line) => line.includes(`-w ${FOLDER}/`));
  }

  /** Packets in the files whose names begin so (`capture-web.`), counted by tcpdump. */
  async packets(node: string, base: string, filter = ''): Promise<number> {
    const script = `cd ${FOLDER} && for file in "$1"*pcap*; do tcpdump -Z root -n -r "$file" -- "$2" 2> /dev/null; done | wc -l`;
    return Number(await this.run(node, { script, argv: [base, filter] }));
  }

  /** Resolves once packets of a Pod's files are so many; what is captured is in the file within a second or so. */
  async hasPackets(node: string, base: string, count: number, filter = ''): Promise<void> {
    await eventually(async () => (await this.packets(node, base, filter)) >= count, WITHIN_MS);
  }

  /** Resolves once that many tcpdumps write on the node. */
  async runs(node: string, count: number): Promise<readonly string[]> {
    return eventually(async () => {
      const lines = await this.tcpdumps(node);
      return lines.length === count ? lines : undefined;
    }, WITHIN_MS);
  }

  /** Resolves once nothing runs on the node and nothing lies there. */
  async cleared(node: string): Promise<void> {
    await eventually(async () => (await this.tcpdumps(node)).length === 0 && (await this.files(node)).length === 0, WITHIN_MS);
  }

  /** Adds annotations, or removes those of `null`. */
  async annotate({ namespace, name }: Pick<TrafficPod, 'namespace' | 'name'>, annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.#world.client.patch(`/api/v1/namespaces/${namespace}/pods/${name}`, 'merge', { metadata: { annotations } });
  }

  /** The first Event of that Pod that is as asked. */
  async event(pod: Pick<TrafficPod, 'namespace' | 'uid'>, reason: string, note = ''): Promise<{ readonly type: string; readonly note: string }> {
    type Event = KubernetesObject & { readonly regarding: { readonly uid: string }; readonly reason: string; readonly type: string; readonly note: string };
    return eventually(async () => {
      const { items } = await this.#world.client.list(`/apis/events.k8s.io/v1/namespaces/${pod.namespace}/events`);
      return (items as unknown as Event[]).find((event) => event.regarding.uid === pod.uid && event.reason === reason && event.note.includes(note));
    }, WITHIN_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeAgents(this.#world);
    await this.#disks[Symbol.asyncDispose]();
  }
}
