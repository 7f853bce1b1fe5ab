import type { Clock } from 'pcapper';
import { ApiStatusError, type KubernetesClient, type KubernetesObject, Reflector } from 'pcapper/kubernetes';
import type { Incident, Incidents, IncidentStatus } from './incident.ts';

const API = '/apis/example.com/v1';

/** As the CRD has it. */
interface IncidentObject {
  readonly spec: { readonly pod: string; readonly reason: string };
  readonly status?: { readonly phase?: Incident['phase']; readonly node?: string };
}

/** Incidents as the API server has them. */
export class KubernetesIncidents implements Incidents {
  readonly #client: KubernetesClient;
  readonly #reflector: Reflector<Incident>;
  #changed: (uid: string) => void = () => undefined;

  constructor(client: KubernetesClient, clock: Clock) {
    this.#client = client;
    this.#reflector = new Reflector({ client, clock, path: `${API}/incidents`, project: incidentOf, changed: ({ uid }) => this.#changed(uid) });
  }

  async start(changed: (uid: string) => void, signal: AbortSignal): Promise<void> {
    this.#changed = changed;
    await this.#reflector.start(signal);
  }

  uids(): Iterable<string> {
    return this.#reflector.uids();
  }

  get(uid: string): Incident | undefined {
    return this.#reflector.get(uid);
  }

  async write({ uid, namespace, name }: Pick<Incident, 'uid' | 'namespace' | 'name'>, status: IncidentStatus): Promise<void> {
    const path = `${API}/namespaces/${namespace}/incidents/${name}`;
    const known = await this.#client.get(path).catch((error: unknown) => {
      if (error instanceof ApiStatusError && error.statusCode === 404) return undefined;
      throw error;
    });
    // A later Incident of that name is not told of this one's capture.
    if (known?.metadata.uid !== uid) return;
    await this.#client.patch(`${path}/status`, 'merge', { metadata: { resourceVersion: known.metadata.resourceVersion }, status });
  }
}

function incidentOf({ metadata: { uid, namespace = '', name }, ...object }: KubernetesObject): Incident {
  const { spec, status } = object as unknown as IncidentObject;
  return { uid, namespace, name, pod: spec.pod, reason: spec.reason, phase: status?.phase, node: status?.node };
}
