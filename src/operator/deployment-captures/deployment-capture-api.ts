import { ApiStatusError, type KubernetesClient, type KubernetesObject, type Query } from '../../adapters/kubernetes/index.ts';
import { DEPLOYMENT_CAPTURE, type DeploymentCaptureStatus, OPENSHIFT_API_VERSION } from '../../api/openshift/index.ts';
import type { OwnerReference } from '../../api/v1alpha1/index.ts';
import { applyStatus, unlessMoved, type Versioned } from '../apply-status.ts';
import { getOr404 } from '../get-or-404.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import { DEPLOYMENT_CAPTURE_RULES } from './deployment-capture-rules.ts';

/** What `DeploymentCaptures` reads and writes in its namespace beside Jobs. Every method throws MissingRightError, ApiStatusError, ApiConnectionError. */
export class DeploymentCaptureApi {
  readonly capturesPath: string;
  readonly configMapsPath: string;
  readonly #client: KubernetesClient;
  readonly #signal: AbortSignal;

  /** @param signal ends all calls. */
  constructor(client: KubernetesClient, namespace: string, signal: AbortSignal) {
    this.capturesPath = `/apis/${OPENSHIFT_API_VERSION}/namespaces/${namespace}/${DEPLOYMENT_CAPTURE.plural}`;
    this.configMapsPath = `/api/v1/namespaces/${namespace}/configmaps`;
    this.#client = client;
    this.#signal = signal;
  }

  /** Whether a collection may be listed: a watch does not say what is refused. */
  async probe(path: string, query: Query = {}): Promise<void> {
    await explained(this.#client.list(path, { query: { ...query, limit: 1 }, signal: this.#signal }));
  }

  /** The owner is there no more, by the words of the API server; nothing is concluded from a CRD that is missing. */
  async isGone({ name, uid }: Pick<OwnerReference, 'name' | 'uid'>): Promise<boolean> {
    return (await this.#read(this.capturesPath, name))?.metadata.uid !== uid;
  }

  /** @returns the resourceVersion that it has then; `undefined` when it had changed since it was known: then nothing is written. */
  async applyStatus(capture: Versioned, status: DeploymentCaptureStatus): Promise<string | undefined> {
    const place = { apiVersion: OPENSHIFT_API_VERSION, kind: DEPLOYMENT_CAPTURE.kind, path: this.capturesPath };
    const written = await explained(applyStatus(this.#client, place, capture, status, this.#signal));
    return written?.metadata.resourceVersion;
  }

  /** @returns `undefined` when there is one of that name already. */
  async createConfigMap(body: object): Promise<KubernetesObject | undefined> {
    try {
      return await explained(this.#client.create(this.configMapsPath, body, { signal: this.#signal }));
    } catch (error) {
      if (ApiStatusError.is(error) && error.reason === 'AlreadyExists') return undefined;
      throw error;
    }
  }

  /** `undefined`: there is none of that name. */
  readConfigMap(name: string): Promise<KubernetesObject | undefined> {
    return this.#read(this.configMapsPath, name);
  }

  /** Does nothing to one that has changed since it was known. @param change a JSON merge patch */
  async changeConfigMap({ name, resourceVersion }: Versioned, { metadata, ...change }: { readonly metadata: object; readonly data: object }): Promise<void> {
    const body = { ...change, metadata: { ...metadata, resourceVersion } };
    await unlessMoved(explained(this.#client.patch(`${this.configMapsPath}/${name}`, 'merge', body, { signal: this.#signal })));
  }

  /** Does nothing to one that has changed since it was known. */
  async deleteConfigMap({ name, uid, resourceVersion }: Versioned & { readonly uid: string }): Promise<void> {
    const body = { preconditions: { uid, resourceVersion } };
    await unlessMoved(explained(this.#client.delete(`${this.configMapsPath}/${name}`, body, { signal: this.#signal })));
  }

  #read(path: string, name: string): Promise<KubernetesObject | undefined> {
    return explained(getOr404(this.#client, `${path}/${name}`, name, this.#signal));
  }
}

async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw explainMissingRight(error, 'Role', DEPLOYMENT_CAPTURE_RULES);
  }
}
