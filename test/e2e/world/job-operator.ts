import type { KubernetesObject } from '../../../src/adapters/kubernetes/index.ts';
import type { DeploymentCaptureStatus } from '../../../src/api/openshift/index.ts';
import type { PacketCaptureStatus } from '../../../src/api/v1alpha1/index.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { readyNodes } from './annotation-agents.ts';
import type { E2eWorld, TrafficPod } from './e2e-world.ts';

/** Of deploy/jobs. */
export const JOBS_NAMESPACE = 'packet-capture';
const WITHIN_MS = 180_000;
const FOLDER = '/captures';

interface Status {
  readonly progress?: string;
}

/** Takes away what deploy/jobs makes, and whatever it has made. */
export async function removeJobOperator({ kubectl }: E2eWorld): Promise<void> {
  const resources = 'packetcapturesets.pcapper.io,packetcaptures.pcapper.io,packetcaptures.monitoring.openshift.tpg';
  await kubectl.attempt('-n', JOBS_NAMESPACE, 'delete', resources, '--all', '--timeout=60s');
  await kubectl.attempt('delete', '-f', 'deploy/jobs/samples/ping-deployment.yaml', '--ignore-not-found');
  await kubectl.attempt('delete', '-k', 'deploy/jobs', '--ignore-not-found', '--timeout=180s');
}

/** The operator of deploy/jobs, which makes Jobs, beside the usual one. */
export class JobOperator implements AsyncDisposable {
  readonly #world: E2eWorld;
  readonly #disks: AsyncDisposable;

  static async deploy(world: E2eWorld): Promise<JobOperator> {
    const operator = new JobOperator(world, await readyNodes(await world.nodes()));
    await world.kubectl.run('apply', '-k', 'deploy/jobs');
    const data = { HOSTMOUNT: FOLDER, MAX_TOTAL_FILESIZE: '4G', MIN_FREE_DISK: '1G' };
    await operator.kubectl('patch', 'configmap', 'pcapper-config', '--type=merge', '-p', JSON.stringify({ data }));
    await operator.kubectl('rollout', 'status', 'deployment/pcapper-operator', '--timeout=180s');
    return operator;
  }

  private constructor(world: E2eWorld, disks: AsyncDisposable) {
    this.#world = world;
    this.#disks = disks;
  }

  /** In its namespace. */
  kubectl(...argv: readonly string[]): Promise<string> {
    return this.#world.kubectl.run('-n', JOBS_NAMESPACE, ...argv);
  }

  async apply(manifest: object | string): Promise<void> {
    await this.#world.kubectl.apply(manifest);
  }

  /** Resolves with the status of an OpenShift PacketCapture once it is as asked. */
  async deploymentCapture(name: string, as: (status: DeploymentCaptureStatus) => boolean): Promise<DeploymentCaptureStatus> {
    return this.#status<DeploymentCaptureStatus>(`/apis/monitoring.openshift.tpg/v1alpha1/namespaces/${JOBS_NAMESPACE}/packetcaptures/${name}`, as);
  }

  /** Resolves with the status of one of our own PacketCaptures once it is as asked. */
  async capture(name: string, as: (status: PacketCaptureStatus) => boolean): Promise<PacketCaptureStatus> {
    return this.#status<PacketCaptureStatus>(`/apis/pcapper.io/v1alpha1/namespaces/${JOBS_NAMESPACE}/packetcaptures/${name}`, as);
  }

  async #status<S extends Status>(path: string, as: (status: S) => boolean): Promise<S> {
    return eventually(async () => {
      const { status } = await this.#world.client.get<KubernetesObject & { readonly status?: S }>(path);
      return status && as(status) ? status : undefined;
    }, WITHIN_MS);
  }

  /** Makes a PacketCapture of a Pod with small limits. */
  async capturePod(name: string, pod: Pick<TrafficPod, 'namespace' | 'name'>, spec: object = {}): Promise<void> {
    const target = { targetNamespace: pod.namespace, targetPod: pod.name };
    await this.apply({ apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name, namespace: JOBS_NAMESPACE }, spec: { ...target, maxFileSize: '1M', fileCount: 2, ...spec } });
  }

  /** Packets in files of a node, counted there by tcpdump, in a Pod that sees its disk. */
  async packets(node: string, files: readonly string[], filter = ''): Promise<number> {
    const script = `cd /host${FOLDER} && for file in "$@"; do tcpdump -Z root -n -r "$file" -- '${filter}' 2> /dev/null; done | wc -l`;
    return Number(await this.onNode(node, 'sh', '-c', script, 'sh', ...files));
  }

  /** Runs a command in a Pod of the node that sees its disk at /host, and its processes. */
  async onNode(node: string, ...command: readonly string[]): Promise<string> {
    const name = `look-at-${node}`;
    const present = await this.#world.kubectl.attempt('-n', JOBS_NAMESPACE, 'get', 'pod', name);
    if (present.code !== 0) {
      await this.#world.kubectl.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: JOBS_NAMESPACE },
        spec: {
          nodeName: node,
          hostPID: true,
          terminationGracePeriodSeconds: 0,
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'look', image: await this.#image(), command: ['sleep', 'infinity'], volumeMounts: [{ name: 'host', mountPath: '/host' }] }],
          volumes: [{ name: 'host', hostPath: { path: '/' } }],
        },
      });
    }
    await this.kubectl('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s');
    return this.kubectl('exec', name, '--', ...command);
  }

  /** The agents', which has tcpdump. */
  #image(): Promise<string> {
    return this.kubectl('get', 'deployment', 'pcapper-operator', '-o', 'jsonpath={..env[?(@.name=="AGENT_IMAGE")].value}');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeJobOperator(this.#world);
    await this.#disks[Symbol.asyncDispose]();
  }
}
