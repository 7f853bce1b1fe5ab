import type { KubernetesClient, KubernetesObject } from 'pcapper/kubernetes';
import { API_VERSION, PACKET_CAPTURE, type PacketCapture, type PacketCaptureSpec } from '../../src/api/v1alpha1/index.ts';
import { NAMESPACE } from './cluster.ts';
import { DemoError } from './demo-error.ts';

const COLLECTION = `/apis/${API_VERSION}/namespaces/${NAMESPACE}/${PACKET_CAPTURE.plural}`;
const PATIENCE_MS = 30_000;

/** A PacketCapture that is created, followed and stopped as any client of the API would. */
export class FollowedCapture implements Disposable {
  readonly name: string;
  readonly #client: KubernetesClient;
  readonly #askedAt: number;
  readonly #end = new AbortController();
  readonly #news = new EventTarget();
  #latest: PacketCapture;
  #createToRunningMs: number | undefined;

  static async create(client: KubernetesClient, name: string, spec: PacketCaptureSpec): Promise<FollowedCapture> {
    const askedAt = performance.now();
    const made = await client.create(COLLECTION, { apiVersion: API_VERSION, kind: PACKET_CAPTURE.kind, metadata: { name }, spec });
    return new FollowedCapture(client, made, askedAt);
  }

  private constructor(client: KubernetesClient, made: KubernetesObject, askedAt: number) {
    this.name = made.metadata.name;
    this.#client = client;
    this.#askedAt = askedAt;
    this.#latest = made as PacketCapture;
    this.#follow(made.metadata.resourceVersion).catch((error: unknown) => {
      if (!this.#end.signal.aborted) this.#end.abort(error);
    });
  }

  get latest(): PacketCapture {
    return this.#latest;
  }

  /** From the call that created it until the watch said `running`. */
  get createToRunningMs(): number | undefined {
    return this.#createToRunningMs;
  }

  /**
   * Resolves once it is that far.
   * @throws DemoError when it ends otherwise, or does not get there within 30 s
   */
  async reaches(progress: 'running' | 'finished', signal: AbortSignal): Promise<PacketCapture> {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const anyEnd = AbortSignal.any([signal, this.#end.signal, patience]);
    return await new Promise((resolve, reject) => {
      const look = () => {
        const { status } = this.#latest;
        if (status?.progress === progress) resolve(this.#latest);
        else if (status?.progress === 'failure' || status?.progress === 'finished') {
          reject(new DemoError(`The capture ended as ${status.progress} (${status.reason ?? 'no reason'}): ${status.message ?? ''}`));
        }
      };
      const giveUp = () => {
        const { progress: found = 'nothing', message = '' } = this.#latest.status ?? {};
        reject(patience.aborted ? new DemoError(`The capture was not ${progress} within ${PATIENCE_MS / 1000} s; its progress is ${found}. ${message}`) : (anyEnd.reason as Error));
      };
      this.#news.addEventListener('news', look);
      anyEnd.addEventListener('abort', giveUp);
      look();
      if (anyEnd.aborted) giveUp();
    });
  }

  async stop(): Promise<void> {
    await this.#client.patch(`${COLLECTION}/${this.name}`, 'merge', { spec: { stop: true } });
  }

  [Symbol.dispose](): void {
    this.#end.abort();
  }

  async #follow(resourceVersion: string): Promise<void> {
    const query = { fieldSelector: `metadata.name=${this.name}`, resourceVersion };
    for await (const { object } of this.#client.watch(COLLECTION, { query, signal: this.#end.signal })) {
      this.#latest = object as PacketCapture;
      if (this.#latest.status?.progress === 'running') this.#createToRunningMs ??= performance.now() - this.#askedAt;
      this.#news.dispatchEvent(new Event('news'));
    }
    throw new DemoError('The API server ended the watch of the capture.');
  }
}
