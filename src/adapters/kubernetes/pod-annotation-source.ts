import { type AnnotatedPod, asksForCapture, captureAnnotations, observeAnnotations, podOfRequest } from '../../api/annotations/index.ts';
import type { CaptureRequest } from '../../core/capture-request.ts';
import type { CaptureSource, ObservedRequest, RequestIdentity } from '../../core/capture-source.ts';
import { type CaptureError, errorMessage } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { ApiStatusError } from './api-errors.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { NodePods } from './node-pods.ts';

/** {@link PodAnnotationSource.name}. */
export const POD_ANNOTATION = 'PodAnnotation';

export interface PodAnnotationSourceOptions {
  readonly client: KubernetesClient;
  readonly pods: Pick<NodePods, 'annotated' | 'start'>;
  readonly logger?: Logger;
  /** Why a request cannot be captured, as `CaptureEngine.refusalOf` tells; until one can, what the Pod asked for before goes on. */
  readonly refusalOf: (request: CaptureRequest) => Promise<CaptureError | undefined>;
}

/** Annotations of Pods that run on this node, as requests. Pods are only read: what is on disk is the record of progress. */
export class PodAnnotationSource implements CaptureSource {
  readonly name = POD_ANNOTATION;
  readonly keepsRecord = false;
  /** There is no CRD that could be away, so that a Pod that is not there or not annotated is just that. */
  readonly goneGrace = 0;
  readonly #client: KubernetesClient;
  readonly #pods: PodAnnotationSourceOptions['pods'];
  readonly #logger: Logger;
  readonly #refusalOf: PodAnnotationSourceOptions['refusalOf'];
  readonly #byPod = new Map<string, ObservedRequest>();
  readonly #byUid = new Map<string, ObservedRequest>();
  #changed: (uid: string) => void = () => undefined;
  #signal: AbortSignal | undefined;
  #saidForbidden = false;

  constructor({ client, pods, logger = silentLogger, refusalOf }: PodAnnotationSourceOptions) {
    this.#client = client;
    this.#pods = pods;
    this.#logger = logger;
    this.#refusalOf = refusalOf;
  }

  start(changed: (uid: string) => void, signal: AbortSignal): Promise<void> {
    this.#changed = changed;
    this.#signal = signal;
    return this.#pods.start((namespace, name) => this.#podChanged(namespace, name), signal);
  }

  uids(): Iterable<string> {
    return this.#byUid.keys();
  }

  get(uid: string): ObservedRequest | undefined {
    return this.#byUid.get(uid);
  }

  async isGone(identity: RequestIdentity): Promise<boolean> {
    const { namespace, name, uid } = podOfRequest(identity);
    try {
      const { metadata } = await this.#client.get(`/api/v1/namespaces/${namespace}/pods/${name}`, this.#signal && { signal: this.#signal });
      const annotations = captureAnnotations(metadata.annotations);
      if (metadata.uid !== uid || annotations === undefined || !asksForCapture(annotations)) return true;
      return await this.#isSuperseded(identity, { namespace, name, uid, annotations });
    } catch (error) {
      if (ApiStatusError.is(error) && error.saysNotFound(name)) return true;
      this.#say(identity, error);
      return false;
    }
  }

  /** What is asked for now is something else, and can be captured. */
  async #isSuperseded({ uid }: RequestIdentity, pod: AnnotatedPod): Promise<boolean> {
    const now = observeAnnotations(pod);
    return now.uid !== uid && now.demand.valid && (await this.#refusalOf(now.demand.request)) === undefined;
  }

  #say({ name, uid }: RequestIdentity, error: unknown): void {
    const fields = { capture: name, uid, error: errorMessage(error) };
    const isForbidden = ApiStatusError.is(error) && error.statusCode === 403;
    if (isForbidden && !this.#saidForbidden) this.#logger.warn(fields, 'whether captures are still asked for cannot be told: they go on');
    else this.#logger.debug(fields, 'whether it is still asked for cannot be told');
    this.#saidForbidden ||= isForbidden;
  }

  #podChanged(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const pod = this.#pods.annotated(namespace, name);
    const before = this.#byPod.get(key);
    const now = pod && observeAnnotations(pod);
    if (before?.uid === now?.uid) return;
    if (before) this.#byUid.delete(before.uid);
    if (now) {
      this.#byPod.set(key, now);
      this.#byUid.set(now.uid, now);
    } else {
      this.#byPod.delete(key);
    }
    if (before) this.#changed(before.uid);
    if (now) this.#changed(now.uid);
  }
}
