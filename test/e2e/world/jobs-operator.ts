import { inject } from 'vitest';
import type { KubernetesObject } from '../../../src/adapters/kubernetes/index.ts';
import type { DeploymentCapture, DeploymentCaptureStatus } from '../../../src/api/openshift/index.ts';
import type { PacketCaptureStatus } from '../../../src/api/v1alpha1/index.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import type { ClusterUnderTest } from '../cluster/cluster-under-test.ts';
import { VERSION } from '../install.ts';
import type { E2eWorld, TrafficPod } from './e2e-world.ts';
import { LocalParts } from './local-parts.ts';
import { RoomyDisk } from './roomy-disk.ts';

export const JOBS_NAMESPACE = 'packet-capture';
const CAPTURES = `/apis/monitoring.openshift.tpg/v1alpha1/namespaces/${JOBS_NAMESPACE}/packetcaptures`;
/** Path of the PacketCaptures of pcapper.io that are made by Jobs. */
export const OWN_CAPTURES = `/apis/pcapper.io/v1alpha1/namespaces/${JOBS_NAMESPACE}/packetcaptures`;
const DEPLOY = 'deploy/jobs';
/** Of its own, so that it may have a disk that is large enough for rings of the default size. */
const FOLDER = '/packet-captures';
const WITHIN_MS = 180_000;

/** Resolves when nothing is left of deploy/jobs and what it has made. */
export async function removeJobsOperator({ kubectl }: E2eWorld): Promise<void> {
  await kubectl.run('delete', '-k', DEPLOY, '--ignore-not-found', '--wait', '--timeout=180s');
}

/** What deploy/jobs makes, beside the installation with agents, and what is captured by it. */
export class JobsOperator implements AsyncDisposable {
  readonly #world: E2eWorld;
  readonly #cluster: ClusterUnderTest;
  readonly #disks = new AsyncDisposableStack();
  readonly #readers = new Map<string, string>();

  /** @param cluster default: that of the test run. */
  static async deploy(world: E2eWorld, cluster: ClusterUnderTest = inject('cluster')): Promise<JobsOperator> {
    const operator = new JobsOperator(world, cluster);
    try {
      await operator.#deploy();
    } catch (error) {
      await operator[Symbol.asyncDispose]();
      throw error;
    }
    return operator;
  }

  private constructor(world: E2eWorld, cluster: ClusterUnderTest) {
    this.#world = world;
    this.#cluster = cluster;
  }

  async kubectl(...argv: readonly string[]): Promise<string> {
    return this.#world.kubectl.run('-n', JOBS_NAMESPACE, ...argv);
  }

  make(name: string, spec: object, instance: string): Promise<KubernetesObject> {
    const metadata = { name, labels: { 'app.kubernetes.io/instance': instance } };
    return this.#world.client.create(CAPTURES, { apiVersion: 'monitoring.openshift.tpg/v1alpha1', kind: 'PacketCapture', metadata, spec });
  }

  /** Resolves with its status once it is as asked. */
  async status(name: string, as: (status: DeploymentCaptureStatus) => unknown): Promise<DeploymentCaptureStatus> {
    return eventually(async () => {
      const { status = {} } = await this.#world.client.get<KubernetesObject & DeploymentCapture>(`${CAPTURES}/${name}`);
      return as(status) && status;
    }, WITHIN_MS);
  }

  /** Names of all objects with that label of instance, as `job.batch/NAME`. */
  async objectsOf(instance: string): Promise<readonly string[]> {
    const text = await this.kubectl('get', 'packetcaptures.monitoring.openshift.tpg,configmaps,jobs,pods', '-l', `app.kubernetes.io/instance=${instance}`, '-o', 'name', '--ignore-not-found');
    return text.split('\n').filter((line) => line !== '').sort();
  }

  /** Resolves once there is no operator, until {@link JobsOperator.begin}. */
  async stop(): Promise<void> {
    await this.kubectl('scale', 'deployment/pcapper-operator', '--replicas=0');
    await this.kubectl('wait', '--for=delete', 'pod', '-l', 'app.kubernetes.io/component=operator', '--timeout=120s');
  }

  async begin(): Promise<void> {
    await this.kubectl('scale', 'deployment/pcapper-operator', '--replicas=1');
    await this.kubectl('rollout', 'status', 'deployment/pcapper-operator', '--timeout=180s');
  }

  /** Makes a PacketCapture of pcapper.io of that Pod, with small limits. */
  async makeOwn(name: string, { namespace, name: pod }: Pick<TrafficPod, 'namespace' | 'name'>, spec: object = {}): Promise<void> {
    const whole = { targetNamespace: namespace, targetPod: pod, maxFileSize: '1M', fileCount: 2, ...spec };
    await this.#world.client.create(OWN_CAPTURES, { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name }, spec: whole });
  }

  /** Resolves with the status of a PacketCapture of pcapper.io once it is as asked. */
  async statusOfOwn(name: string, as: (status: PacketCaptureStatus) => unknown): Promise<PacketCaptureStatus> {
    return eventually(async () => {
      const { status = {} } = await this.#world.client.get<KubernetesObject & { readonly status?: PacketCaptureStatus }>(`${OWN_CAPTURES}/${name}`);
      return as(status) && status;
    }, WITHIN_MS);
  }

  async stopOwn(name: string): Promise<void> {
    await this.#world.client.patch(`${OWN_CAPTURES}/${name}`, 'merge', { spec: { stop: true } });
  }

  /** Packets in files of that node, counted by tcpdump. */
  async packets(node: string, files: readonly string[], filter = ''): Promise<number> {
    const script = 'filter=$1; shift; for file in "$@"; do tcpdump -Z root -n -r "$file" -- "$filter" 2> /dev/null; done | wc -l';
    const paths = files.map((file) => `${FOLDER}/${file}`);
    return Number(await this.kubectl('exec', await this.#reader(node), '--', 'sh', '-c', script, 'sh', filter, ...paths));
  }

  /** When tcpdump made that file, by the clock of the node. Milliseconds since the Unix epoch. */
  async birthOf(node: string, file: string): Promise<number> {
    return Number(await this.kubectl('exec', await this.#reader(node), '--', 'stat', '--format=%.3W', `${FOLDER}/${file}`)) * 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeJobsOperator(this.#world);
    await this.#disks.disposeAsync();
  }

  async #deploy(): Promise<void> {
    const { folder } = this.#cluster;
    if (folder !== undefined) {
      for (const node of await this.#world.nodes()) this.#disks.use(await RoomyDisk.mount(new LocalParts(folder), node, FOLDER, '8G'));
    }
    await this.#world.kubectl.run('apply', '-k', DEPLOY);
    const settings = { HOSTMOUNT: FOLDER, MAX_TOTAL_FILESIZE: '6G', MIN_FREE_DISK: '128M' };
    await this.kubectl('patch', 'configmap', 'pcapper-config', '--type=merge', '-p', JSON.stringify({ data: settings }));
    await this.kubectl('rollout', 'status', 'deployment/pcapper-operator', '--timeout=180s');
  }

  /** A Pod of that node that sees what Jobs have left there. */
  async #reader(node: string): Promise<string> {
    const known = this.#readers.get(node);
    if (known !== undefined) return known;
    const name = `reader-${this.#readers.size}`;
    this.#readers.set(node, name);
    await this.#world.client.create(`/api/v1/namespaces/${JOBS_NAMESPACE}/pods`, {
      metadata: { name },
      spec: {
        nodeName: node,
        terminationGracePeriodSeconds: 1,
        securityContext: { runAsUser: 0 },
        containers: [{ name: 'main', image: `pcapper/agent:${VERSION}`, command: ['sleep', '3600'], volumeMounts: [{ name: 'files', mountPath: FOLDER, readOnly: true }] }],
        volumes: [{ name: 'files', hostPath: { path: FOLDER } }],
      },
    });
    await this.#world.podReady(name, JOBS_NAMESPACE);
    return name;
  }
}
