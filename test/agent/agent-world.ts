import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '../../src/adapters/kubernetes/index.ts';
import { type Capture, type CaptureApi, CAPTURES } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { AGENT_COMMAND, AgentProcess, TestHostmount } from '../harness/agent-process.ts';
import { TestPod } from '../harness/test-pod.ts';

const PODS = '/api/v1/namespaces/default/pods';

/** Small enough for any machine, large enough to wrap a ring. */
export const SMALL = { maxFileSize: '1M', fileCount: 2 } as const;

/** A real API server, real agents and Pods with real packets, as a user sees them. */
export class AgentWorld implements AsyncDisposable {
  readonly api: CaptureApi;
  readonly hostmount = new TestHostmount();
  readonly #open: AsyncDisposable[] = [];

  /** @param api may be shared by the worlds of a file; stays its owner's to dispose. */
  constructor(api: CaptureApi) {
    this.api = api;
  }

  /** An agent that is at work, unless told not to wait for that. @param how prefix: of its command. */
  async agent(
    node: string,
    environment: Readonly<Record<string, string>> = {},
    { wait = true, prefix = [] }: { readonly wait?: boolean; readonly prefix?: readonly string[] } = {},
  ): Promise<AgentProcess> {
    const settings = { NODE_NAME: node, HOSTMOUNT: this.hostmount.path, KUBECONFIG: this.api.server.kubeconfig, ...environment };
    const agent = new AgentProcess(settings, [...prefix, ...AGENT_COMMAND]);
    this.#open.push(agent);
    if (wait) await agent.ready();
    return agent;
  }

  /** A Pod with a network namespace, known to the API server as running on that node. */
  async pod(node: string, name: string): Promise<TestPod> {
    const { metadata } = await this.api.client.create(PODS, { metadata: { name }, spec: { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'none' }] } });
    const pod = await TestPod.create({ namespace: 'default', name, uid: metadata.uid });
    this.#open.push(pod);
    const status = { phase: 'Running', podIP: pod.address, podIPs: [{ ip: pod.address }] };
    await this.api.client.patch(`${PODS}/${name}/status`, 'merge', { status });
    return pod;
  }

  /** A capture of that Pod with small limits. */
  capture(name: string, pod: string, spec: object = {}): Promise<Capture> {
    return this.api.make(name, { targetNamespace: 'default', targetPod: pod, ...SMALL, ...spec });
  }

  patch(name: string, spec: object): Promise<KubernetesObject> {
    return this.api.client.patch(`${CAPTURES}/${name}`, 'merge', { spec });
  }

  /** Resolves with the capture once its status is as asked. */
  reaches(name: string, progress: string, also: (capture: Capture) => boolean = () => true): Promise<Capture> {
    return eventually(async () => {
      const capture = await this.api.get(name);
      return capture.status?.progress === progress && also(capture) ? capture : undefined;
    }, 60_000);
  }

  /** Names of the pcap files on disk. */
  get pcapFiles(): string[] {
    return readdirSync(this.hostmount.path).filter((name) => /\.pcap\d*$/.test(name));
  }

  /** How many files tcpdump has begun: it writes their header once it captures. */
  get begunFiles(): number {
    return this.pcapFiles.filter((name) => statSync(join(this.hostmount.path, name)).size > 0).length;
  }

  async events(capture: Capture): Promise<{ reason: string; type: string; note: string }[]> {
    const { items } = await this.api.client.list('/apis/events.k8s.io/v1/namespaces/pcapper/events');
    type Event = KubernetesObject & { regarding: { uid: string }; reason: string; type: string; note: string };
    return (items as unknown as Event[]).filter(({ regarding }) => regarding.uid === capture.metadata.uid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#open.reverse()) await each[Symbol.asyncDispose]();
    const { items } = await this.api.client.list(PODS);
    for (const { metadata } of items) await this.api.client.delete(`${PODS}/${metadata.name}`);
    const captures = await this.api.client.list(CAPTURES);
    for (const { metadata } of captures.items) await this.api.delete(metadata.name);
    this.hostmount[Symbol.dispose]();
  }
}

export function fileNames({ status }: Capture): string[] {
  return (status?.files ?? []).map(({ name }) => name);
}
