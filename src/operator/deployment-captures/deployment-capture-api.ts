import { ApiStatusError, type KubernetesClient, type KubernetesObject, type Query } from '../../adapters/kubernetes/index.ts';
import { DEPLOYMENT_CAPTURE, type DeploymentCaptureStatus, OPENSHIFT_API_VERSION } from '../../api/openshift/index.ts';
import type { OwnerReference } from '../../api/v1alpha1/index.ts';
import { applyStatus, unlessMoved, type Versioned } from '../apply-status.ts';
import { getOr404 } from '../get-or-404.ts';
import { JOB_RULES } from '../jobs/job-rules.ts';
import { jobsPath } from '../jobs/job-watch.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import { DEPLOYMENT_CAPTURE_RULES } from './deployment-capture-rules.ts';

/** What `DeploymentCaptures` reads and writes in its namespace. Every method throws MissingRightError, ApiStatusError, ApiConnectionError. */
export class DeploymentCaptureApi {
  readonly capturesPath: string;
  readonly configMapsPath: string;
  readonly #jobsPath: string;
  readonly #client: KubernetesClient;
  readonly #signal: AbortSignal;

  /** @param signal ends all calls. */
  constructor(client: KubernetesClient, namespace: string, signal: AbortSignal) {
    this.capturesPath = `/apis/${OPENSHIFT_API_VERSION}/namespaces/${namespace}/${DEPLOYMENT_CAPTURE.plural}`;
    this.configMapsPath = `/api/v1/namespaces/${namespace}/configmaps`;
    this.#jobsPath = jobsPath(namespace);
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

  /** `undefined`: there is one of that name already. */
  createJob(body: object): Promise<KubernetesObject | undefined> {
    return this.#create(this.#jobsPath, body);
  }

  /** `undefined`: there is none of that name. */
  readJob(name: string): Promise<KubernetesObject | undefined> {
    return this.#read(this.#jobsPath, name);
  }

  /** With its Pods, which are stopped. */
  deleteJob(job: Identified): Promise<void> {
    return this.#delete(this.#jobsPath, job);
  }

  /** As {@link DeploymentCaptureApi.createJob}. */
  createConfigMap(body: object): Promise<KubernetesObject | undefined> {
    return this.#create(this.configMapsPath, body);
  }

  /** As {@link DeploymentCaptureApi.readJob}. */
  readConfigMap(name: string): Promise<KubernetesObject | undefined> {
    return this.#read(this.configMapsPath, name);
  }

  /** Does nothing to one that has changed since it was known. @param change a JSON merge patch */
  async changeConfigMap({ name, resourceVersion }: Versioned, { metadata, ...change }: { readonly metadata: object; readonly data: object }): Promise<void> {
    const body = { ...change, metadata: { ...metadata, resourceVersion } };
    await unlessMoved(explained(this.#client.patch(`${this.configMapsPath}/${name}`, 'merge', body, { signal: this.#signal })));
  }

  deleteConfigMap(config: Identified): Promise<void> {
    return this.#delete(this.configMapsPath, config);
  }

  async #create(path: string, body: object): Promise<KubernetesObject | undefined> {
    try {
      return await explained(this.#client.create(path, body, { signal: this.#signal }));
    } catch (error) {
      if (ApiStatusError.is(error) && error.reason === 'AlreadyExists') return undefined;
      throw error;
    }
  }

  #read(path: string, name: string): Promise<KubernetesObject | undefined> {
    return explained(getOr404(this.#client, `${path}/${name}`, name, this.#signal));
  }

  async #delete(path: string, { name, uid, resourceVersion }: Identified): Promise<void> {
    const options = { preconditions: { uid, resourceVersion }, propagationPolicy: 'Background' };
    await unlessMoved(explained(this.#client.delete(`${path}/${name}`, options, { signal: this.#signal })));
  }
}

/** That very object, as it is known. */
interface Identified extends Versioned {
  readonly uid: string;
}

async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw explainMissingRight(error, 'Role', [...DEPLOYMENT_CAPTURE_RULES, ...JOB_RULES]);
  }
}
