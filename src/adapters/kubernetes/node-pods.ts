import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { LocalPod, PodDirectory } from '../../core/pod-directory.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { type ReflectedChange, Reflector, type ReflectorTimes, type RelistCause } from './reflector.ts';

export interface NodePodsOptions extends ReflectorTimes {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly node: string;
  /** For metrics. */
  readonly relisted?: (cause: RelistCause) => void;
}

/** The Pods of one node, as the API server has them; a few fields of each. */
export class NodePods implements PodDirectory {
  readonly #reflector: Reflector<LocalPod>;
  readonly #uids = new Map<string, string>();
  #listener: (namespace: string, name: string) => void = () => undefined;

  constructor({ node, ...options }: NodePodsOptions) {
    this.#reflector = new Reflector<LocalPod>({
      ...options,
      path: '/api/v1/pods',
      fieldSelector: `spec.nodeName=${node}`,
      // From the storage it would be all Pods of the cluster, sorted out by the API server, for each node.
      listFrom: 'cache',
      project: localPod,
      changed: (change) => this.#changed(change),
    });
  }

  get isSynced(): boolean {
    return this.#reflector.isSynced;
  }

  /** `Clock.uptime` of the last byte from the API server. */
  get lastContact(): number | undefined {
    return this.#reflector.lastContact;
  }

  find(namespace: string, name: string): LocalPod | undefined {
    const uid = this.#uids.get(`${namespace}/${name}`);
    return uid === undefined ? undefined : this.#reflector.get(uid);
  }

  /** @param changed called only when something that is kept has changed, not at every heartbeat of a status. */
  start(changed: (namespace: string, name: string) => void, signal: AbortSignal): Promise<void> {
    this.#listener = changed;
    return this.#reflector.start(signal);
  }

  #changed({ uid, value, previous }: ReflectedChange<LocalPod>): void {
    const pod = value ?? previous;
    if (!pod || isDeepStrictEqual(value, previous)) return;
    const key = `${pod.namespace}/${pod.name}`;
    if (value) this.#uids.set(key, uid);
    // A list may bring the Pod that took the name before it says that the former one is gone.
    else if (this.#uids.get(key) === uid) this.#uids.delete(key);
    this.#listener(pod.namespace, pod.name);
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
  const { uid, name, namespace = '', annotations } = object.metadata;
  return {
    namespace,
    name,
    uid,
    cgroupUid: annotations?.['kubernetes.io/config.hash'] ?? uid,
    hostNetwork: (object as PodFields).spec?.hostNetwork ?? false,
    live: isLive(object),
  };
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
