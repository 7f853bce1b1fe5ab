import { KubernetesClient, type KubernetesObject, loadConnection, PacketCaptureSource, PacketCaptureStatusSink } from '../../../src/adapters/kubernetes/index.ts';
import { packetCaptureCrd, type PacketCaptureStatus } from '../../../src/api/v1alpha1/index.ts';
import type { EndState } from '../../../src/core/capture-result.ts';
import type { ProgressReport } from '../../../src/core/progress-sink.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { eventually } from './eventually.ts';
import { realClock } from './real-clock.ts';

export const NAMESPACE = 'pcapper';
export const CAPTURES = `/apis/pcapper.io/v1alpha1/namespaces/${NAMESPACE}/packetcaptures`;
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CRD = `${CRDS}/${packetCaptureCrd().metadata.name}`;

export type Capture = KubernetesObject & { readonly status?: PacketCaptureStatus };

/** A real API server that serves PacketCaptures, and what a test does with them as a user or an operator. */
export class CaptureApi implements AsyncDisposable {
  readonly server: KubeApiserver;
  readonly client: KubernetesClient;

  static async start(): Promise<CaptureApi> {
    const server = await KubeApiserver.start();
    const api = new CaptureApi(server, new KubernetesClient(await loadConnection({ kubeconfig: server.kubeconfig })));
    await api.client.create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    await api.install();
    return api;
  }

  private constructor(server: KubeApiserver, client: KubernetesClient) {
    this.server = server;
    this.client = client;
  }

  /** A client of its own, as each agent has one. */
  async connect(): Promise<KubernetesClient> {
    return new KubernetesClient(await loadConnection({ kubeconfig: this.server.kubeconfig }));
  }

  async install(): Promise<void> {
    await this.client.create(CRDS, packetCaptureCrd());
    await eventually(() => this.client.list(CAPTURES).then(() => true, () => false));
  }

  /** @param held its deletion, which removes the captures first, is not complete until {@link CaptureApi.letCrdGo}. */
  async uninstall({ held = false } = {}): Promise<void> {
    if (held) await this.client.patch(CRD, 'json', [{ op: 'add', path: '/metadata/finalizers', value: ['pcapper.io/held'] }]);
    await this.client.delete(CRD);
    await eventually(() => this.client.list(CAPTURES).then(() => false, () => true));
  }

  async letCrdGo(): Promise<void> {
    await this.client.patch(CRD, 'merge', { metadata: { finalizers: null } });
  }

  /** Without its resources being removed, PacketCaptures are served, or are not: then all answers are 404 in plain text. */
  async serve(served: boolean): Promise<void> {
    await this.client.patch(CRD, 'json', [{ op: 'replace', path: '/spec/versions/0/served', value: served }]);
    await eventually(() => this.client.list(CAPTURES).then(() => served, () => !served));
  }

  make(name: string, spec: object = {}): Promise<Capture> {
    const body = {
      apiVersion: 'pcapper.io/v1alpha1',
      kind: 'PacketCapture',
      metadata: { name },
      spec: { targetNamespace: 'shop', targetPod: 'web-1', ...spec },
    };
    return this.client.create(CAPTURES, body);
  }

  get(name: string): Promise<Capture> {
    return this.client.get(`${CAPTURES}/${name}`);
  }

  async statusOf(name: string): Promise<PacketCaptureStatus> {
    return (await this.get(name)).status ?? {};
  }

  async delete(name: string): Promise<void> {
    await this.client.delete(`${CAPTURES}/${name}`);
  }

  /** As the operator writes. */
  assign(name: string, status: PacketCaptureStatus): Promise<Capture> {
    const body = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name }, status };
    return this.client.patch(`${CAPTURES}/${name}/status`, 'apply', body, { query: { fieldManager: 'pcapper-operator', force: true } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

/** Source and sink of one node's agent, and all that the source told. */
export class NodeSide implements Disposable {
  readonly node: string;
  readonly source: PacketCaptureSource;
  readonly sink: PacketCaptureStatusSink;
  readonly told: string[] = [];
  /** What `look` saw of each capture at each change. */
  readonly seen = new Map<string, string[]>();
  readonly #look: ((source: PacketCaptureSource, uid: string) => string) | undefined;
  readonly #life = new AbortController();

  constructor(client: KubernetesClient, node: string, look?: (source: PacketCaptureSource, uid: string) => string) {
    this.node = node;
    this.#look = look;
    const options = { client, clock: realClock, namespace: NAMESPACE, backoff: { first: 20, longest: 200 } };
    this.source = new PacketCaptureSource({ ...options, node });
    this.sink = new PacketCaptureStatusSink({ ...options, records: this.source });
  }

  async start(): Promise<this> {
    await this.source.start((uid) => {
      this.told.push(uid);
      if (this.#look) this.seen.set(uid, [...(this.seen.get(uid) ?? []), this.#look(this.source, uid)]);
    }, this.#life.signal);
    return this;
  }

  /** Resolves once the source knows a capture, in a state that satisfies. */
  known(uid: string, satisfies: (observed: NonNullable<ReturnType<PacketCaptureSource['get']>>) => boolean = () => true) {
    return eventually(() => {
      const observed = this.source.get(uid);
      return observed && satisfies(observed);
    });
  }

  report(capture: KubernetesObject, report: DistributiveOmit<ProgressReport, 'source' | 'uid' | 'name' | 'node' | 'message'> & { message?: string }): Promise<void> {
    const { uid, name } = capture.metadata;
    return this.sink.report({ source: 'PacketCapture', uid, name, node: this.node, message: 'Words.', ...report });
  }

  [Symbol.dispose](): void {
    this.sink[Symbol.dispose]();
    this.#life.abort(new Error('test over'));
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const limits = { maxFileSize: 1_000_000, fileCount: 2, snapLength: 262_144 };
const target = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'pod-uid', cgroupUid: 'pod-uid', hostNetwork: false } as const;

export const scheduled = { progress: 'scheduled', target } as const;

export function running(captured: number) {
  return {
    progress: 'running',
    request: { uid: 'u', name: 'n', target, limits },
    target,
    interface: 'eth0',
    startTime: Date.UTC(2026, 10, 21),
    packets: { captured, received: captured, dropped: 0 },
    files: [{ name: 'n1.web.1.pcap0', bytes: 24 + captured }],
    wrapped: false,
    gaps: [],
  } as const;
}

/** @param code of the error that ended it. Absent: it has finished. */
export function ended(code?: string) {
  const end: EndState = code === undefined ? { progress: 'finished', reason: 'TimeLimit' } : { progress: 'failure', reason: code };
  return { ...running(42), ...end, completionTime: Date.UTC(2026, 10, 21, 0, 10) } as const;
}

export const released = { progress: 'released', reason: 'TargetMoved' } as const;
