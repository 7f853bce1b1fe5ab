import { NAMESPACE } from '../../adapters/kubernetes/capture-api.ts';
import type { PacketCaptureSetStatus, SetCapture } from '../../../src/api/v1alpha1/index.ts';
import type { KubernetesObject } from '../../../src/adapters/kubernetes/index.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import type { E2eWorld, TrafficPod } from './e2e-world.ts';

export const SETS = `/apis/pcapper.io/v1alpha1/namespaces/${NAMESPACE}/packetcapturesets`;
const WITHIN_MS = 180_000;

type PacketCaptureSet = KubernetesObject & { readonly status?: PacketCaptureSetStatus };

/** A Deployment or a StatefulSet whose Pods are spread over the nodes, and the set that captures it. */
export class CapturedWorkload {
  readonly #world: E2eWorld;
  readonly #kind: 'Deployment' | 'StatefulSet';
  readonly #name: string;
  readonly #namespace: string;

  /** @param namespace is made where it is not that of the world. */
  static async create(world: E2eWorld, kind: 'Deployment' | 'StatefulSet', name: string, replicas: number, namespace = world.namespace): Promise<CapturedWorkload> {
    const labels = { app: name };
    const spec = world.podManifest(name).spec;
    if (namespace !== world.namespace) await world.client.create('/api/v1/namespaces', { metadata: { name: namespace } });
    const spread = [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: labels } }];
    await world.client.create(`/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`, {
      metadata: { name },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        ...(kind === 'StatefulSet' && { serviceName: name, podManagementPolicy: 'Parallel' }),
        template: { metadata: { labels }, spec: { ...spec, topologySpreadConstraints: spread } },
      },
    });
    const workload = new CapturedWorkload(world, kind, name, namespace);
    await workload.settled(replicas);
    return workload;
  }

  private constructor(world: E2eWorld, kind: 'Deployment' | 'StatefulSet', name: string, namespace: string) {
    this.#world = world;
    this.#kind = kind;
    this.#name = name;
    this.#namespace = namespace;
  }

  async capture(set: string, spec: object): Promise<void> {
    await this.#world.client.create(SETS, {
      apiVersion: 'pcapper.io/v1alpha1',
      kind: 'PacketCaptureSet',
      metadata: { name: set },
      spec: { targetNamespace: this.#namespace, targetRef: { kind: this.#kind, name: this.#name }, ...spec },
    });
  }

  async restart(): Promise<void> {
    await this.#kubectl('rollout', 'restart', this.#path);
  }

  async scale(replicas: number): Promise<void> {
    await this.#kubectl('scale', this.#path, `--replicas=${replicas}`);
  }

  /** Resolves with its Pods once they are so many, all of the newest kind, and ready. */
  async settled(replicas: number): Promise<readonly TrafficPod[]> {
    await this.#kubectl('rollout', 'status', this.#path, '--timeout=180s');
    const names = await eventually(async () => {
      const present = (await this.#kubectl('get', 'pods', '-l', `app=${this.#name}`, '-o', 'name')).split('\n').filter((name) => name !== '');
      return present.length === replicas ? present : undefined;
    }, WITHIN_MS);
    return Promise.all(names.map((name) => this.#world.podReady(name.replace('pod/', ''), this.#namespace)));
  }

  async stop(set: string): Promise<void> {
    await this.#world.client.patch(`${SETS}/${set}`, 'merge', { spec: { stop: true } });
  }

  async statusOf(set: string): Promise<PacketCaptureSetStatus> {
    return (await this.#world.client.get<PacketCaptureSet>(`${SETS}/${set}`)).status ?? {};
  }

  /** Resolves with the captures of those Pods once each is as asked. */
  async captured(set: string, pods: readonly TrafficPod[], as: (capture: SetCapture) => boolean): Promise<readonly SetCapture[]> {
    return eventually(async () => {
      const { captures = [] } = await this.statusOf(set);
      const found = pods.flatMap(({ uid }) => captures.filter(({ podUID }) => podUID === uid));
      return found.length === pods.length && found.every(as) ? found : undefined;
    }, WITHIN_MS);
  }

  get #path(): string {
    return `${this.#kind.toLowerCase()}/${this.#name}`;
  }

  #kubectl(...argv: readonly string[]): Promise<string> {
    return this.#world.kubectl.run('-n', this.#namespace, ...argv);
  }
}
