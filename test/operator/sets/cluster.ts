import { KubernetesClient, type KubernetesObject, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import type { PacketCapture, PacketCaptureSet, PacketCaptureSetStatus, PacketCaptureStatus, SetCapture, WorkloadKind } from '../../../src/api/v1alpha1/index.ts';
import { time } from '../../../src/api/v1alpha1/time.ts';
import type { ManualClock } from '../../../src/testing/manual-clock.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { startWithCrds } from '../../api/v1alpha1/installed-crds.ts';
import type { KubeApiserver } from '../../harness/kube-apiserver.ts';

export const NAMESPACE = 'pcapper';
const GROUP = `/apis/pcapper.io/v1alpha1/namespaces/${NAMESPACE}`;
export const SETS = `${GROUP}/packetcapturesets`;
export const CAPTURES = `${GROUP}/packetcaptures`;
const PLURALS = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;
const containers = [{ name: 'main', image: 'main' }];

export type Child = KubernetesObject & PacketCapture & { readonly metadata: KubernetesObject['metadata'] & PacketCapture['metadata'] };
type SetObject = KubernetesObject & PacketCaptureSet;

/** Parts of a Pod that tests set. */
interface PodParts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly controller?: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string };
  readonly phase?: string;
  readonly node?: string;
}

/** A real API server; the test plays the controllers, the kubelets, the agents and the users. */
export class Cluster implements AsyncDisposable {
  readonly server: KubeApiserver;
  readonly client: KubernetesClient;
  #namespaces = 0;

  static async start(crds?: Parameters<typeof startWithCrds>[0]): Promise<Cluster> {
    const server = await startWithCrds(crds);
    const cluster = new Cluster(server, new KubernetesClient(await loadConnection({ kubeconfig: server.kubeconfig })));
    await cluster.client.create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    return cluster;
  }

  private constructor(server: KubeApiserver, client: KubernetesClient) {
    this.server = server;
    this.client = client;
  }

  /** Name of a new namespace. */
  async namespace(name = `shop-${++this.#namespaces}`): Promise<string> {
    await this.client.create('/api/v1/namespaces', { metadata: { name } });
    return name;
  }

  makeWorkload(namespace: string, kind: WorkloadKind, name: string, replicas?: number): Promise<KubernetesObject> {
    const labels = { app: name };
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
      ...(kind === 'StatefulSet' && { serviceName: name }),
      ...(replicas !== undefined && { replicas }),
    };
    return this.client.create(workloads(namespace, kind), { metadata: { name }, spec });
  }

  async scale(namespace: string, kind: WorkloadKind, name: string, replicas: number): Promise<void> {
    await this.client.patch(`${workloads(namespace, kind)}/${name}`, 'merge', { spec: { replicas } });
  }

  async deleteWorkload(namespace: string, kind: WorkloadKind, name: string): Promise<void> {
    await this.client.delete(`${workloads(namespace, kind)}/${name}`, { propagationPolicy: 'Background' });
  }

  async makePod(namespace: string, name: string, { labels = {}, controller, phase = 'Running', node }: PodParts = {}): Promise<KubernetesObject> {
    const metadata = { name, labels, ...(controller && { ownerReferences: [{ ...controller, controller: true }] }) };
    const pod = await this.client.create(pods(namespace), { metadata, spec: { containers, ...(node !== undefined && { nodeName: node }) } });
    await this.setPhase(namespace, name, phase);
    return pod;
  }

  async setPhase(namespace: string, name: string, phase: string): Promise<void> {
    await this.client.patch(`${pods(namespace)}/${name}/status`, 'merge', { status: { phase } });
  }

  async deletePod(namespace: string, name: string): Promise<void> {
    await this.client.delete(`${pods(namespace)}/${name}`, { gracePeriodSeconds: 0 });
  }

  /** A Pod of a Deployment, by the ReplicaSet of one version of its template. */
  podOf(namespace: string, deployment: string, version: string, suffix: string, phase?: string, node?: string): Promise<KubernetesObject> {
    const replicaSet = `${deployment}-${version}`;
    return this.makePod(namespace, `${replicaSet}-${suffix}`, {
      labels: { app: deployment, 'pod-template-hash': version },
      controller: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: replicaSet, uid: `uid-of-${replicaSet}` },
      ...(phase !== undefined && { phase }),
      ...(node !== undefined && { node }),
    });
  }

  makeSet(name: string, spec: object): Promise<SetObject> {
    return this.client.create(SETS, { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCaptureSet', metadata: { name }, spec });
  }

  getSet(name: string): Promise<SetObject> {
    return this.client.get(`${SETS}/${name}`);
  }

  changeSet(name: string, spec: object): Promise<SetObject> {
    return this.client.patch(`${SETS}/${name}`, 'merge', { spec });
  }

  /** Resolves with a set's status once it satisfies. */
  status(name: string, satisfies: (status: PacketCaptureSetStatus) => unknown, between: () => unknown = () => undefined): Promise<PacketCaptureSetStatus> {
    return eventually(async () => {
      await between();
      const { status = {} } = await this.getSet(name);
      return satisfies(status) && status;
    });
  }

  /** The PacketCaptures of a set, in order of their Pods' names. */
  async children(set: string): Promise<readonly Child[]> {
    const { items } = await this.client.list<Child>(CAPTURES);
    const own = items.filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === set);
    return own.sort((a, b) => (podOf(a) < podOf(b) ? -1 : 1));
  }

  /** Resolves once a set has captures of exactly these Pods. */
  async captures(set: string, podNames: readonly string[]): Promise<readonly Child[]> {
    return eventually(async () => {
      const children = await this.children(set);
      return JSON.stringify(children.map(podOf)) === JSON.stringify([...podNames].sort()) ? children : undefined;
    });
  }

  /** As an agent writes. */
  async report({ metadata }: Child, status: PacketCaptureStatus): Promise<void> {
    const body = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name: metadata.name }, status };
    await this.client.patch(`${CAPTURES}/${metadata.name}/status`, 'apply', body, { query: { fieldManager: 'pcapper-agent', force: true } });
  }

  take(child: Child): Promise<void> {
    return this.report(child, { progress: 'scheduled', node: 'n1' });
  }

  run(child: Child, clock: ManualClock, captured = 0): Promise<void> {
    return this.report(child, { progress: 'running', node: 'n1', startTime: time(clock.now()), packets: counted(captured) });
  }

  end(child: Child, clock: ManualClock, { captured = 0, reason = 'TimeLimit', ...more }: { captured?: number; reason?: string } & PacketCaptureStatus = {}): Promise<void> {
    return this.report(child, {
      progress: 'finished',
      node: 'n1',
      reason,
      startTime: time(clock.now() - 1_000),
      completionTime: time(clock.now()),
      packets: counted(captured),
      filesTotal: { count: 1, bytes: 24 + captured },
      ...more,
    });
  }

  async clear(): Promise<void> {
    for (const path of [SETS, CAPTURES]) await this.server.request('DELETE', path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

export function counted(captured: number): NonNullable<PacketCaptureStatus['packets']> {
  return { captured, received: captured, dropped: 0 };
}

export const podOf = ({ spec }: Child): string => spec.targetPod ?? '';

export function conditionOf({ conditions }: PacketCaptureSetStatus, type: string) {
  const { status, reason, message } = conditions?.find((condition) => condition.type === type) ?? {};
  return { status, reason, message };
}

export function captureOf({ captures }: PacketCaptureSetStatus, pod: string): SetCapture | undefined {
  return captures?.find((capture) => capture.pod === pod);
}

function pods(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

function workloads(namespace: string, kind: WorkloadKind): string {
  return `/apis/apps/v1/namespaces/${namespace}/${PLURALS[kind]}`;
}
