import type { KubernetesClient } from '../../adapters/kubernetes/kubernetes-client.ts';
import type { ObjectMetadata } from '../../adapters/kubernetes/kubernetes-object.ts';
import type { PodContainer, PodExec } from '../../adapters/kubernetes/pod-exec.ts';
import type { FilePlace } from './file-place.ts';
import { AgentMissingError } from './get-errors.ts';

const DAEMON_SET = 'pcapper';
/** HOSTMOUNT where the Pod does not say otherwise. */
const DEFAULT_DIRECTORY = '/hostmount';

interface Pod {
  readonly metadata: ObjectMetadata & { readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[] };
  readonly spec: { readonly containers: readonly Container[] };
  readonly status?: { readonly phase?: string };
}

interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

interface Found extends PodContainer {
  readonly directory: string;
}

/** The Pod of the DaemonSet `pcapper` on a node. It is looked for anew after each failure: a rollout puts another in its place. */
export class AgentPod implements FilePlace {
  readonly #client: KubernetesClient;
  readonly #exec: PodExec;
  readonly #namespace: string;
  readonly #node: string;
  #last: Found;
  #trusted = true;

  /** @throws AgentMissingError */
  static async find(client: KubernetesClient, exec: PodExec, place: { readonly namespace: string; readonly node: string }, signal: AbortSignal): Promise<AgentPod> {
    return new AgentPod(client, exec, place, await find(client, place, signal));
  }

  private constructor(client: KubernetesClient, exec: PodExec, { namespace, node }: { readonly namespace: string; readonly node: string }, found: Found) {
    this.#client = client;
    this.#exec = exec;
    this.#namespace = namespace;
    this.#node = node;
    this.#last = found;
  }

  get directory(): string {
    return this.#last.directory;
  }

  get pod(): string {
    return this.#last.pod;
  }

  async *run(command: readonly string[], signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    if (!this.#trusted) this.#last = await find(this.#client, { namespace: this.#namespace, node: this.#node }, signal);
    this.#trusted = false;
    yield* this.#exec.run(this.#last, command, signal);
    this.#trusted = true;
  }
}

async function find(client: KubernetesClient, { namespace, node }: { readonly namespace: string; readonly node: string }, signal: AbortSignal): Promise<Found> {
  const { items } = await client.list<Pod>(`/api/v1/namespaces/${namespace}/pods`, { query: { fieldSelector: `spec.nodeName=${node}` }, signal });
  const ours = items.filter(({ metadata }) => metadata.ownerReferences?.some(({ kind, name }) => kind === 'DaemonSet' && name === DAEMON_SET));
  // While one is replaced there may be two; the one that stays is asked.
  const pod = ours.filter(({ status }) => status?.phase === 'Running').toSorted((a, b) => Number(isEnding(a)) - Number(isEnding(b)))[0];
  const container = pod && (pod.spec.containers.find(({ name }) => name === defaultContainer(pod)) ?? pod.spec.containers[0]);
  if (pod === undefined || container === undefined) throw new AgentMissingError(node, namespace);
  const directory = container.env?.find(({ name }) => name === 'HOSTMOUNT')?.value ?? DEFAULT_DIRECTORY;
  return { namespace, pod: pod.metadata.name, container: container.name, directory: directory.replace(/(?<=.)\/+$/, '') };
}

function isEnding({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** As kubectl chooses it where none is named. */
function defaultContainer({ metadata }: Pod): string | undefined {
  return metadata.annotations?.['kubectl.kubernetes.io/default-container'];
}
