import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { KubernetesClient, type KubernetesObject, loadConnection, type Query } from '../../../src/adapters/kubernetes/index.ts';
import { type Capture, CAPTURES, NAMESPACE } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import type { ClusterUnderTest } from '../cluster/cluster-under-test.ts';
import { Kubectl } from './kubectl.ts';

const TRAFFIC_IMAGE = 'pcapper/e2e-traffic:1';
const WITHIN_MS = 120_000;
export const TCP_PORT = 8080;

export interface TrafficPod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly address: string;
  readonly uid: string;
}

type Pod = KubernetesObject & {
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string; readonly podIP?: string; readonly conditions?: readonly { type: string; status: string }[]; readonly containerStatuses?: readonly { ready: boolean }[] };
};

/** The cluster as its users see it. What a test makes in it goes with the world of that test. */
export class E2eWorld implements AsyncDisposable {
  readonly kubectl: Kubectl;
  readonly client: KubernetesClient;
  /** Namespace of the Pods of this test. */
  readonly namespace = `e2e-${randomBytes(3).toString('hex')}`;
  readonly #folders: string[] = [];
  readonly #life = new AbortController();

  /** @param cluster default: that of the test run. */
  static async open({ kubeconfig, kubectl }: ClusterUnderTest = inject('cluster')): Promise<E2eWorld> {
    const world = new E2eWorld(new Kubectl(kubectl, kubeconfig), new KubernetesClient(await loadConnection({ kubeconfig })));
    await world.client.create('/api/v1/namespaces', { metadata: { name: world.namespace } });
    // Without it no Pod is admitted.
    await eventually(() => world.client.get(`/api/v1/namespaces/${world.namespace}/serviceaccounts/default`).then(() => true, () => false), WITHIN_MS);
    return world;
  }

  private constructor(kubectl: Kubectl, client: KubernetesClient) {
    this.kubectl = kubectl;
    this.client = client;
  }

  /** Resolves once the API server answers. */
  async answered(): Promise<void> {
    await eventually(async () => (await this.kubectl.attempt('get', '--raw', '/readyz')).code === 0, WITHIN_MS);
  }

  /** Names of the nodes that Pods of the tests may run on. */
  async nodes(): Promise<readonly string[]> {
    const { items } = await this.client.list('/api/v1/nodes', { query: { labelSelector: '!node-role.kubernetes.io/control-plane' } });
    return items.map(({ metadata }) => metadata.name).sort();
  }

  /** A Pod that answers pings and serves TCP. Resolves once it does. */
  async pod(name: string, node: string): Promise<TrafficPod> {
    await this.client.create(this.#pods, this.podManifest(name, node));
    return this.podReady(name);
  }

  /** @param node absent: the scheduler decides. */
  podManifest(name: string, node?: string) {
    return {
      metadata: { name, labels: { app: name } },
      spec: {
        ...(node !== undefined && { nodeName: node }),
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'main',
            image: TRAFFIC_IMAGE,
            command: ['node', '/traffic.mjs', 'serve', String(TCP_PORT)],
            readinessProbe: { exec: { command: ['node', '/traffic.mjs', 'talk', '127.0.0.1', String(TCP_PORT), '1'] }, periodSeconds: 1, timeoutSeconds: 10 },
          },
        ],
      },
    };
  }

  /** A Pod that answers pings and does no more. Resolves once it runs. */
  async idlePod(name: string, node: string, annotations: Readonly<Record<string, string>> = {}, namespace = this.namespace): Promise<TrafficPod> {
    const { metadata, spec } = this.podManifest(name, node);
    const containers = spec.containers.map(({ name: container, image }) => ({ name: container, image }));
    await this.client.create(`/api/v1/namespaces/${namespace}/pods`, { metadata: { ...metadata, annotations }, spec: { ...spec, containers } });
    return this.podReady(name, namespace);
  }

  async podReady(name: string, namespace = this.namespace): Promise<TrafficPod> {
    return eventually(async () => {
      const { metadata, spec, status } = await this.client.get<Pod>(`/api/v1/namespaces/${namespace}/pods/${name}`);
      const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
      if (ready !== true || status?.podIP === undefined) return undefined;
      return { namespace, name, node: spec.nodeName ?? '', address: status.podIP, uid: metadata.uid };
    }, WITHIN_MS);
  }

  async ping(from: TrafficPod, to: string, count: number): Promise<void> {
    await this.kubectl.run('-n', from.namespace, 'exec', from.name, '--', 'ping', '-n', '-q', '-c', String(count), '-i', '0.01', '-W', '10', to);
  }

  /** From now on the Pod begins a TCP connection to that port of an address that nobody has (RFC 5737), twice a second. */
  async knock(from: TrafficPod, port: number): Promise<void> {
    const program = `setInterval(() => require('node:net').connect(${port}, '192.0.2.1').on('error', () => {}), 500)`;
    await this.kubectl.run('-n', from.namespace, 'exec', from.name, '--', 'sh', '-c', 'node -e "$1" > /dev/null 2>&1 &', 'sh', program);
  }

  async talk(from: TrafficPod, to: string, lines: number): Promise<void> {
    await this.kubectl.run('-n', from.namespace, 'exec', from.name, '--', 'node', '/traffic.mjs', 'talk', to, String(TCP_PORT), String(lines));
  }

  /** A capture of a Pod of this world with small limits. */
  async capture(name: string, spec: object): Promise<Capture> {
    const limits = { maxFileSize: '1M', fileCount: 2 };
    return this.make(name, { ...limits, ...spec });
  }

  /** A capture of just this spec, whatever that is. */
  make(name: string, spec: unknown, query: Query = {}): Promise<Capture> {
    return this.client.create(CAPTURES, { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name }, spec }, { query });
  }

  of(pod: Pick<TrafficPod, 'name'>) {
    return { targetNamespace: this.namespace, targetPod: pod.name };
  }

  get(name: string): Promise<Capture> {
    return this.client.get(`${CAPTURES}/${name}`);
  }

  /** Resolves with the capture once its status is as asked. */
  async reaches(name: string, progress: string, also: (capture: Capture) => boolean = () => true): Promise<Capture> {
    return eventually(async () => {
      const capture = await this.get(name);
      const is = capture.status?.progress;
      // What has ended stays so: no use in waiting for anything else.
      if (is !== progress && (is === 'finished' || is === 'failure')) throw new Error(`${name} is ${is} instead of ${progress}: ${capture.status?.reason ?? ''} ${capture.status?.message ?? ''}`);
      return is === progress && also(capture) ? capture : undefined;
    }, WITHIN_MS);
  }

  /** Follows a capture from now on. @returns every progress that it shows up to its end */
  async follow(name: string): Promise<() => Promise<readonly string[]>> {
    const { metadata } = await this.client.list(CAPTURES);
    const query = { fieldSelector: `metadata.name=${name}`, resourceVersion: metadata.resourceVersion };
    const progresses = this.#progresses(query);
    // Whoever asks is told.
    progresses.catch(() => undefined);
    return () => progresses;
  }

  async #progresses(query: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const seen: string[] = [];
    for await (const { object } of this.client.watch(CAPTURES, { query, signal: this.#life.signal })) {
      const progress = (object as Capture).status?.progress ?? 'none';
      if (seen.at(-1) !== progress) seen.push(progress);
      if (progress === 'finished' || progress === 'failure') break;
    }
    return seen;
  }

  async events(capture: Capture): Promise<{ reason: string; type: string; note: string }[]> {
    const { items } = await this.client.list(`/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`);
    type Event = KubernetesObject & { regarding: { uid: string }; reason: string; type: string; note: string };
    return (items as unknown as Event[]).filter(({ regarding }) => regarding.uid === capture.metadata.uid);
  }

  /**
   * Name of the agent's Pod on that node. It is asked of its container: after an API server was away for a minute all Pods
   * count as not ready until Kubernetes has heard of every node again, which takes it one or two more.
   */
  async agentPod(node: string, component = 'agent'): Promise<string> {
    return eventually(async () => {
      const { items } = await this.client.list(`/api/v1/namespaces/${NAMESPACE}/pods`, { query: { fieldSelector: `spec.nodeName=${node}`, labelSelector: `app.kubernetes.io/component=${component}` } });
      const ready = (items as Pod[]).find(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.containerStatuses?.every((container) => container.ready));
      return ready?.metadata.name;
    }, WITHIN_MS);
  }

  /** Resolves once no operator runs, until the next installation. */
  async stopOperator(): Promise<void> {
    await this.kubectl.run('-n', NAMESPACE, 'scale', 'deployment/pcapper-operator', '--replicas=0');
    await this.kubectl.run('-n', NAMESPACE, 'wait', '--for=delete', 'pod', '-l', 'app.kubernetes.io/component=operator', '--timeout=120s');
  }

  /** Runs a command in the agent's container of that node. */
  async inAgent(node: string, ...argv: readonly string[]): Promise<string> {
    return this.kubectl.run('-n', NAMESPACE, 'exec', await this.agentPod(node), '--', ...argv);
  }

  /** Names of the pcap files of a capture on that node, whatever its status says. */
  async filesOnNode(node: string, name: string): Promise<readonly string[]> {
    const all = (await this.inAgent(node, 'ls', '/hostmount')).split('\n');
    return all.filter((file) => file.startsWith(`${node}.${name}.`) && /\.pcap\d*$/.test(file));
  }

  /** A folder of this machine. */
  async scratchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
    const path = await mkdtemp(join(tmpdir(), 'pcapper-copy-'));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
  }

  /** Copies a capture's files as `kubectl cp` does. @returns the folder that has them now */
  async copy(capture: Capture): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
    const files = (capture.status?.files ?? []).map(({ name }) => name);
    return { folder: await this.copyFiles(capture.status?.node ?? '', files), files };
  }

  /** Copies files of that node's hostmount. @returns the folder that has them now */
  async copyFiles(node: string, files: readonly string[]): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'pcapper-copy-'));
    this.#folders.push(folder);
    const pod = await this.agentPod(node);
    for (const file of files) await this.kubectl.run('-n', NAMESPACE, 'cp', `${pod}:/hostmount/${file}`, join(folder, file));
    return folder;
  }

  async patch(name: string, spec: object): Promise<void> {
    await this.kubectl.run('-n', NAMESPACE, 'patch', 'pktcap', name, '--type=merge', '-p', JSON.stringify({ spec }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kubectl.run('-n', NAMESPACE, 'delete', 'pktcap,pktcapset', '--all', '--wait=true');
    await this.kubectl.run('delete', 'namespace', this.namespace, '--wait=false');
    this.#life.abort(new Error('the test is over'));
    this.client[Symbol.dispose]();
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }

  get #pods(): string {
    return `/api/v1/namespaces/${this.namespace}/pods`;
  }
}
