import type { KubernetesClient } from 'pcapper/kubernetes';
import { NODE } from '../cluster.ts';
import { isRoot } from '../privileges.ts';
import { DemoPod } from './demo-pod.ts';
import { KubeletCgroups } from './kubelet-cgroups.ts';

const PODS = '/api/v1/namespaces/default/pods';
/** Of the range for tests of network devices (RFC 2544); they exist between the two Pods only. */
const ADDRESSES = { client: '198.18.0.1', server: '198.18.0.2' } as const;

/** Two Pods of one node, joined by a veth pair and by nothing else. */
export class JoinedPods implements AsyncDisposable {
  readonly client: DemoPod;
  readonly server: DemoPod;
  /** Where their cgroups are; absent: there are none. */
  readonly cgroups: string | undefined;
  /** Why there are no cgroups. */
  readonly cgroupProblem: string | undefined;
  readonly #held: AsyncDisposableStack;

  /** Makes the Pods and tells the API server of them, as kubelet and container runtime do. */
  static async start(api: KubernetesClient): Promise<JoinedPods> {
    await using held = new AsyncDisposableStack();
    const cgroups = makeCgroups();
    if (cgroups instanceof KubeletCgroups) held.use(cgroups);
    const start = async (name: keyof typeof ADDRESSES): Promise<DemoPod> => {
      const containers = [{ name: 'main', image: 'pcapper-demo' }];
      const { metadata } = await api.create(PODS, { metadata: { name }, spec: { nodeName: NODE, containers } });
      const identity = { name, uid: metadata.uid, address: ADDRESSES[name] };
      return held.use(await DemoPod.start(identity, cgroups instanceof KubeletCgroups ? cgroups.container(identity.uid) : undefined));
    };
    const pods = { client: await start('client'), server: await start('server') };
    await join(pods.client, pods.server);
    for (const { name, address } of Object.values(pods)) {
      await api.patch(`${PODS}/${name}/status`, 'merge', { status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] } });
    }
    return new JoinedPods(pods, cgroups, held.move());
  }

  private constructor(pods: { readonly client: DemoPod; readonly server: DemoPod }, cgroups: KubeletCgroups | string, held: AsyncDisposableStack) {
    this.client = pods.client;
    this.server = pods.server;
    this.cgroups = cgroups instanceof KubeletCgroups ? cgroups.path : undefined;
    this.cgroupProblem = cgroups instanceof KubeletCgroups ? undefined : cgroups;
    this.#held = held;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}

/** @returns why there are none */
function makeCgroups(): KubeletCgroups | string {
  if (!isRoot) return 'an ordinary user cannot make cgroups';
  try {
    return KubeletCgroups.make();
  } catch (error) {
    return `cgroups cannot be made here: ${(error as Error).message}`;
  }
}

async function join(one: DemoPod, other: DemoPod): Promise<void> {
  await one.configure([`link add name eth0 type veth peer name eth0 netns ${other.pid}`]);
  const pairs = [[one, other], [other, one]] as const;
  await Promise.all(
    pairs.map(([pod, peer]) =>
      pod.configure(['link set lo up', `addr add ${pod.address}/30 dev eth0`, 'link set eth0 up', `route add default via ${peer.address}`]),
    ),
  );
}
