import type { KubernetesClient, KubernetesObject, Query } from '../../adapters/kubernetes/index.ts';
import { packetCapturesPath } from '../../adapters/kubernetes/packet-capture-record.ts';
import { API_VERSION, PACKET_CAPTURE, PACKET_CAPTURE_SET, type PacketCaptureSetStatus, type PacketCaptureStatus } from '../../api/v1alpha1/index.ts';
import type { PacketCapture } from '../../api/v1alpha1/packet-capture.ts';
import { applyStatus, unlessMoved, type Versioned } from '../apply-status.ts';
import { getOr404 } from '../get-or-404.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import { SET_RULES } from './set-rules.ts';

/** The sets and the PacketCaptures of a namespace. Every method throws MissingRightError, ApiStatusError, ApiConnectionError. */
export class SetApi {
  readonly capturesPath: string;
  readonly setsPath: string;
  readonly #client: KubernetesClient;
  readonly #signal: AbortSignal;

  /** @param signal ends all calls. */
  constructor(client: KubernetesClient, namespace: string, signal: AbortSignal) {
    this.capturesPath = packetCapturesPath(namespace);
    this.setsPath = `/apis/${API_VERSION}/namespaces/${namespace}/${PACKET_CAPTURE_SET.plural}`;
    this.#client = client;
    this.#signal = signal;
  }

  /** Whether a collection may be listed: a watch does not say what is refused. */
  async probe(path: string, query: Query = {}): Promise<void> {
    await explained(this.#client.list(path, { query: { ...query, limit: 1 }, signal: this.#signal }));
  }

  createCapture(body: PacketCapture): Promise<KubernetesObject> {
    return explained(this.#client.create(this.capturesPath, body, { signal: this.#signal }));
  }

  /** `undefined`: there is none of that name. */
  readCapture(name: string): Promise<KubernetesObject | undefined> {
    return explained(getOr404(this.#client, `${this.capturesPath}/${name}`, name, this.#signal));
  }

  /** Does nothing to one that has changed since it was known. */
  async changeCapture({ name, resourceVersion }: Versioned, spec: Pick<PacketCapture['spec'], 'stop' | 'retainFiles'>): Promise<void> {
    const body = { metadata: { resourceVersion }, spec };
    await unlessMoved(explained(this.#client.patch(`${this.capturesPath}/${name}`, 'merge', body, { signal: this.#signal })));
  }

  /** As {@link SetApi.applySetStatus}. */
  applyCaptureStatus(capture: Versioned, status: PacketCaptureStatus): Promise<string | undefined> {
    return this.#applyStatus(PACKET_CAPTURE.kind, this.capturesPath, capture, status);
  }

  /** @returns the resourceVersion that it has then; `undefined` when it had changed since it was known: then nothing is written. */
  applySetStatus(set: Versioned, status: PacketCaptureSetStatus): Promise<string | undefined> {
    return this.#applyStatus(PACKET_CAPTURE_SET.kind, this.setsPath, set, status);
  }

  async #applyStatus(kind: string, path: string, object: Versioned, status: object): Promise<string | undefined> {
    const written = await explained(applyStatus(this.#client, { apiVersion: API_VERSION, kind, path }, object, status, this.#signal));
    return written?.metadata.resourceVersion;
  }
}

async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw explainMissingRight(error, 'Role', SET_RULES);
  }
}
