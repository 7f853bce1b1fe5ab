import { isDeepStrictEqual } from 'node:util';
import { type AnnotatedPod, captureAnnotations, type CaptureAnnotations } from '../../api/annotations/index.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { LocalPod, PodDirectory } from '../../core/pod-directory.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { type ReflectedChange, Reflector, type ReflectorTimes, type RelistCause } from './reflector.ts';

/** What {@link NodePods} are made of. */
export interface NodePodsOptions extends ReflectorTimes {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** `metadata.name` of the Node: Pods whose `spec.nodeName` it is. */
  readonly node: string;
  /** For metrics. */
  readonly relisted?: (cause: RelistCause) => void;
}

/** What is kept of a Pod; more of those that have annotations about captures. */
interface KeptPod extends LocalPod {
  readonly asked?: { readonly annotations: CaptureAnnotations; readonly isRunning: boolean };
}

/** Called with the names of a Pod of which something that is kept has changed, and not at every heartbeat of a status. */
export type PodListener = (namespace: string, name: string) => void;

/** The Pods of one node, as the API server has them; a few fields of each. One watch, for all who listen. */
export class NodePods implements PodDirectory {
  readonly #reflector: Reflector<KeptPod>;
  readonly #uids = new Map<string, string>();
  readonly #listeners = new Set<PodListener>();
  #started: Promise<void> | undefined;

  constructor({ node, ...options }: NodePodsOptions) {
    this.#reflector = new Reflector<KeptPod>({
      ...options,
      path: '/api/v1/pods',
      fieldSelector: `spec.nodeName=${node}`,
      // From the storage it would be all Pods of the cluster, sorted out by the API server, for each node.
      listFrom: 'cache',
      project: keptPod,
      changed: (change) => this.#changed(change),
    });
  }

  /** Whether the Pods are known by now. */
  get isSynced(): boolean {
    return this.#reflector.isSynced;
  }

  /** `Clock.uptime` of the last byte from the API server. */
  get lastContact(): number | undefined {
    return this.#reflector.lastContact;
  }

  /** The Pod of that name, if it is on this node. */
  find(namespace: string, name: string): LocalPod | undefined {
    const uid = this.#uids.get(`${namespace}/${name}`);
    return uid === undefined ? undefined : this.#reflector.get(uid);
  }

  /** A Pod that runs, if it has annotations about captures. */
  annotated(namespace: string, name: string): AnnotatedPod | undefined {
    const uid = this.#uids.get(`${namespace}/${name}`);
    const asked = uid === undefined ? undefined : this.#reflector.get(uid)?.asked;
    return uid !== undefined && asked?.isRunning ? { namespace, name, uid, annotations: asked.annotations } : undefined;
  }

  /** Begins to watch, if that was not begun before; the first signal ends it. Who comes later is told what is known. */
  start(changed: PodListener, signal: AbortSignal): Promise<void> {
    this.#listeners.add(changed);
    signal.addEventListener('abort', () => this.#listeners.delete(changed), { once: true });
    for (const uid of this.#uids.values()) {
      const pod = this.#reflector.get(uid);
      if (pod) changed(pod.namespace, pod.name);
    }
    this.#started ??= this.#reflector.start(signal);
    return this.#started;
  }

  #changed({ uid, value, previous }: ReflectedChange<KeptPod>): void {
    const pod = value ?? previous;
    if (!pod || isDeepStrictEqual(value, previous)) return;
    const key = `${pod.namespace}/${pod.name}`;
    if (value) this.#uids.set(key, uid);
    // A list may bring the Pod that took the name before it says that the former one is gone.
    else if (this.#uids.get(key) === uid) this.#uids.delete(key);
    for (const listener of this.#listeners) listener(pod.namespace, pod.name);
  }
}

interface PodFields {
  readonly spec?: { readonly hostNetwork?: boolean };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly state?: { readonly terminated?: object };
}

/** What is kept of a Pod. */
export function localPod(object: KubernetesObject): LocalPod {
  const { uid, name, namespace = '', labels = {}, annotations } = object.metadata;
  return {
    namespace,
    name,
    uid,
    // As `config.hash`; but nobody can add or change this one (k8s.io/kubernetes/pkg/apis/core/validation), so that none poses as another.
    cgroupUid: annotations?.['kubernetes.io/config.mirror'] ?? uid,
    labels,
    hostNetwork: (object as PodFields).spec?.hostNetwork ?? false,
    live: isLive(object),
  };
}

function keptPod(object: KubernetesObject): KeptPod {
  const annotations = captureAnnotations(object.metadata.annotations);
  const isRunning = (object as PodFields).status?.phase === 'Running';
  return { ...localPod(object), ...(annotations && { asked: { annotations, isRunning } }) };
}

function isLive(object: KubernetesObject): boolean {
  const { status = {} } = object as PodFields;
  const hasSandbox = status.phase === 'Running' || (status.phase === 'Pending' && Boolean(status.podIP));
  return hasSandbox && !(object.metadata.deletionTimestamp !== undefined && hasEnded(status));
}

function hasEnded(status: NonNullable<PodFields['status']>): boolean {
  const containers = [status.initContainerStatuses, status.containerStatuses, status.ephemeralContainerStatuses].flatMap((list) => list ?? []);
  return containers.length > 0 && containers.every(({ state }) => state?.terminated !== undefined);
}
