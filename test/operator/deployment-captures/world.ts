import { type ApiOutcome, KubernetesClient, type KubernetesObject, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import { deploymentCaptureCrd, type DeploymentCapture, type DeploymentCaptureStatus } from '../../../src/api/openshift/index.ts';
import type { OwnerReference } from '../../../src/api/v1alpha1/index.ts';
import type { CaptureResult } from '../../../src/core/capture-result.ts';
import type { ResultChanges } from '../../../src/testing/assert-result.ts';
import { SettingInvalidError } from '../../../src/core/errors/index.ts';
import { type AgentsSettings, readAgentsSettings } from '../../../src/operator/agents/agents-settings.ts';
import { DeploymentCaptures } from '../../../src/operator/deployment-captures/index.ts';
import { JobWatch } from '../../../src/operator/jobs/job-watch.ts';
import type { ManualClock } from '../../../src/testing/manual-clock.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { type JobObject, PlayedJobs } from '../jobs/played-jobs.ts';
import { logged } from '../logged.ts';
import { Cluster } from '../sets/cluster.ts';

export const NAMESPACE = 'packet-capture';
export const CAPTURES = `/apis/monitoring.openshift.tpg/v1alpha1/namespaces/${NAMESPACE}/packetcaptures`;
export const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
export const JOBS = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`;

export type CaptureObject = KubernetesObject & DeploymentCapture;
export type ConfigMapObject = KubernetesObject & {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
  readonly data: Readonly<Record<string, string>>;
};

/** A real API server that has the CRD; the test plays everybody else. */
export class World implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly client: KubernetesClient;
  readonly jobs: PlayedJobs;

  static async start(): Promise<World> {
    const cluster = await Cluster.start([deploymentCaptureCrd()]);
    await cluster.namespace(NAMESPACE);
    return new World(cluster);
  }

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.client = cluster.client;
    this.jobs = new PlayedJobs(cluster.client, NAMESPACE);
  }

  make(name: string, spec: object, labels: Readonly<Record<string, string>> = {}): Promise<CaptureObject> {
    return this.client.create(CAPTURES, { apiVersion: 'monitoring.openshift.tpg/v1alpha1', kind: 'PacketCapture', metadata: { name, labels }, spec });
  }

  async delete(name: string): Promise<void> {
    await this.client.delete(`${CAPTURES}/${name}`);
  }

  /** Resolves with the status once it satisfies. */
  status(name: string, satisfies: (status: DeploymentCaptureStatus) => unknown, between: () => unknown = () => undefined): Promise<DeploymentCaptureStatus> {
    return eventually(async () => {
      await between();
      const { status = {} } = await this.client.get<CaptureObject>(`${CAPTURES}/${name}`);
      return satisfies(status) && status;
    });
  }

  /** Resolves once there are Jobs of exactly these names. */
  jobsAre(names: readonly string[], between: () => unknown = () => undefined): Promise<readonly JobObject[]> {
    return eventually(async () => {
      await between();
      const jobs = await this.jobs.list();
      return JSON.stringify(jobs.map(({ metadata }) => metadata.name)) === JSON.stringify([...names].sort()) ? jobs : undefined;
    });
  }

  /** The ConfigMaps that are there, but for the one that every namespace has. */
  async configMaps(): Promise<readonly ConfigMapObject[]> {
    const { items } = await this.client.list<ConfigMapObject>(CONFIG_MAPS);
    return items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt').toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /** Without saying so Jobs are deleted as orphans of their Pods, which waits for a garbage collector. */
  async clear(): Promise<void> {
    for (const path of [CAPTURES, JOBS, CONFIG_MAPS]) await this.cluster.server.request('DELETE', path, { propagationPolicy: 'Background' });
    const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
    for (const { metadata } of (await this.client.list(pods)).items) await this.client.delete(`${pods}/${metadata.name}`, { gracePeriodSeconds: 0 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cluster[Symbol.asyncDispose]();
  }
}

/** The part of an operator that is of interest here. */
export class Operator implements AsyncDisposable {
  readonly calls: ApiOutcome[] = [];
  readonly lines: string[];
  readonly started: Promise<void>;
  readonly captures: DeploymentCaptures;
  #settings: AgentsSettings | undefined;
  #changed: () => void = () => undefined;
  readonly #client: KubernetesClient;
  readonly #life = new AbortController();

  static async start(kubeconfig: string, clock: ManualClock, settings?: AgentsSettings | 'none'): Promise<Operator> {
    const operator = await Operator.launch(kubeconfig, clock, settings);
    await operator.started;
    return operator;
  }

  static async launch(kubeconfig: string, clock: ManualClock, settings: AgentsSettings | 'none' = readAgentsSettings({}, 'agent:1')): Promise<Operator> {
    return new Operator(await loadConnection({ kubeconfig }), clock, settings === 'none' ? undefined : settings);
  }

  private constructor(connection: ConstructorParameters<typeof KubernetesClient>[0], clock: ManualClock, settings: AgentsSettings | undefined) {
    this.#settings = settings;
    this.#client = new KubernetesClient(connection, { observe: (outcome) => this.calls.push(outcome) });
    const { logger, lines } = logged();
    this.lines = lines;
    const parts = { client: this.#client, clock, logger, namespace: NAMESPACE };
    const jobs = new JobWatch(parts);
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const operator = this;
    const config = {
      get settings() {
        return operator.#settings;
      },
      obstacle: new SettingInvalidError({ problem: 'LOG_LEVEL is "loud".', advice: 'Allowed are debug, info.' }),
      onChange: (listener: () => void) => void (this.#changed = listener),
    };
    this.captures = new DeploymentCaptures({ ...parts, jobs, config, serviceAccount: 'pcapper-agent' });
    this.started = jobs.start(this.#life.signal).then(() => this.captures.start(this.#life.signal));
    this.started.catch(() => undefined);
  }

  set settings(settings: AgentsSettings) {
    this.#settings = settings;
    this.#changed();
  }

  of(method: string, path: RegExp): readonly ApiOutcome[] {
    return this.calls.filter((call) => call.method === method && path.test(call.path));
  }

  async stop(): Promise<void> {
    this.#life.abort(new Error('lost the Lease'));
    await this.captures[Symbol.asyncDispose]();
    this.#client[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

export function conditionOf({ conditions }: DeploymentCaptureStatus, type: string) {
  const { status, reason, message } = conditions?.find((condition) => condition.type === type) ?? {};
  return { status, reason, message };
}

/** @param now milliseconds since the Unix epoch */
export function resultOf(now: number, captured: number, more: ResultChanges = {}): CaptureResult {
  return {
    progress: 'finished',
    reason: 'TimeLimit',
    message: 'It ended at its time limit.',
    interface: 'eth0',
    startTime: now - 30_000,
    completionTime: now,
    packets: { captured, received: captured, dropped: 0 },
    files: [{ name: 'n1.web.1.pcap0', bytes: 24 + captured }],
    wrapped: false,
    gaps: [],
    ...more,
  };
}
