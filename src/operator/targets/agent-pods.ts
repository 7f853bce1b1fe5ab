import { type KubernetesClient, type KubernetesObject, type ReflectedChange, Reflector } from '../../adapters/kubernetes/index.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { AGENT_LABELS } from '../agents/agent-daemon-set.ts';
import { labelSelectorText } from '../label-selector-text.ts';

/** What {@link AgentPods} are made of. */
export interface AgentPodsOptions {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the agents. */
  readonly namespace: string;
}

interface AgentPod {
  readonly node: string;
  readonly isReady: boolean;
}

/** The agents' Pods, and which nodes have one that is ready. */
export class AgentPods {
  readonly #clock: Clock;
  readonly #reflector: Reflector<AgentPod>;
  /** uids of Pods, by their node. */
  readonly #pods = new Map<string, Set<string>>();
  /** `Clock.uptime` since which nodes that were asked for have no agent that is ready. */
  readonly #unreadySince = new Map<string, number>();

  #changed: (node: string) => void = () => undefined;

  constructor({ namespace, ...options }: AgentPodsOptions) {
    this.#clock = options.clock;
    this.#reflector = new Reflector<AgentPod>({
      ...options,
      path: `/api/v1/namespaces/${namespace}/pods`,
      labelSelector: labelSelectorText({ matchLabels: AGENT_LABELS }),
      project: agentPod,
      changed: (change) => this.#podChanged(change),
    });
  }

  /**
   * There is one listener.
   * @param listener called when the agent of a node is ready, or is no more.
   */
  onChange(listener: (node: string) => void): void {
    this.#changed = listener;
  }

  /** Resolves once all are known, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    return this.#reflector.start(signal);
  }

  /** Whether an agent has a Pod on that node. */
  hasPod(node: string): boolean {
    return this.#pods.has(node);
  }

  /** `Clock.uptime` since which, as far as this process knows, the node has no agent that is ready; `undefined`: it has. */
  unreadySince(node: string): number | undefined {
    if (this.#isReady(node)) return undefined;
    const since = this.#unreadySince.get(node) ?? this.#clock.uptime();
    this.#unreadySince.set(node, since);
    return since;
  }

  #isReady(node: string): boolean {
    return [...(this.#pods.get(node) ?? [])].some((uid) => this.#reflector.get(uid)?.isReady);
  }

  #podChanged({ uid, value, previous }: ReflectedChange<AgentPod>): void {
    const node = (value ?? previous)?.node;
    if (node === undefined) return;
    const pods = this.#pods.get(node) ?? new Set();
    if (value) this.#pods.set(node, pods.add(uid));
    else pods.delete(uid);
    if (pods.size === 0) this.#pods.delete(node);
    if (value?.isReady === previous?.isReady) return;
    if (this.#isReady(node)) this.#unreadySince.delete(node);
    else if (!this.#unreadySince.has(node)) this.#unreadySince.set(node, this.#clock.uptime());
    this.#changed(node);
  }
}

/** `undefined` for one that has no node yet. */
function agentPod(object: KubernetesObject): AgentPod | undefined {
  const { spec, status } = object as KubernetesObject & {
    readonly spec?: { readonly nodeName?: string };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  };
  const isReady = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return spec?.nodeName === undefined ? undefined : { node: spec.nodeName, isReady };
}
