import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '../../src/adapters/kubernetes/index.ts';
import { type Capture, type CaptureApi, CAPTURES } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { AGENT_COMMAND, AgentProcess, TestHostmount } from '../harness/agent-process.ts';
import { commandsOfTcpdumps } from '../harness/tcpdumps-of.ts';
import { TestPod } from '../harness/test-pod.ts';

const PODS = '/api/v1/pods';
const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

/** Small enough for any machine, large enough to wrap a ring. */
export const SMALL = { maxFileSize: '1M', fileCount: 2 } as const;

export interface PodOptions {
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: `Running`. */
  readonly phase?: string;
  readonly hostNetwork?: boolean;
}

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
  async pod(node: string, name: string, { namespace = 'default', annotations = {}, phase = 'Running', hostNetwork = false }: PodOptions = {}): Promise<TestPod> {
    const spec = { nodeName: node, hostNetwork, terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'none' }] };
    const { metadata } = await this.api.client.create(podsOf(namespace), { metadata: { name, annotations }, spec });
    const pod = await TestPod.create({ namespace, name, uid: metadata.uid });
    this.#open.push(pod);
    await this.phase(pod, phase);
    return pod;
  }

  /** What the kubelet says of a Pod. */
  async phase({ namespace, name, address }: TestPod, phase: string): Promise<void> {
    const status = { phase, ...(phase !== 'Pending' && { podIP: address, podIPs: [{ ip: address }] }) };
    await this.api.client.patch(`${podsOf(namespace)}/${name}/status`, 'merge', { status });
  }

  /** Sets annotations of a Pod, or removes them. */
  async annotate({ namespace, name }: TestPod, annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.api.client.patch(`${podsOf(namespace)}/${name}`, 'merge', { metadata: { annotations } });
  }

  /** Deletes a Pod of the API server's; its processes stay. */
  async deletePod({ namespace, name }: TestPod): Promise<void> {
    await this.api.client.delete(`${podsOf(namespace)}/${name}`);
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

  events({ metadata: { uid } }: Capture): Promise<readonly ToldEvent[]> {
    return this.eventsAbout(uid, 'pcapper');
  }

  /** The Events of that object. */
  async eventsAbout(uid: string, namespace: string): Promise<readonly ToldEvent[]> {
    const { items } = await this.api.client.list(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
    return (items as unknown as (KubernetesObject & ToldEvent)[]).filter(({ regarding }) => regarding.uid === uid);
  }

  /** The command lines of all tcpdumps that write to the hostmount. */
  tcpdumps(): Promise<readonly string[]> {
    return commandsOfTcpdumps(this.hostmount.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#open.reverse()) await each[Symbol.asyncDispose]();
    const { items } = await this.api.client.list(PODS);
    for (const { metadata } of items) await this.api.client.delete(`${podsOf(metadata.namespace ?? '')}/${metadata.name}`);
    // There may be no CRD.
    const captures = await this.api.client.list(CAPTURES).catch(() => ({ items: [] }));
    for (const { metadata } of captures.items) await this.api.delete(metadata.name);
    this.hostmount[Symbol.dispose]();
  }
}

export interface ToldEvent {
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly reason: string;
  readonly action: string;
  readonly type: string;
  readonly note: string;
}

export function fileNames({ status }: Capture): string[] {
  return (status?.files ?? []).map(({ name }) => name);
}
