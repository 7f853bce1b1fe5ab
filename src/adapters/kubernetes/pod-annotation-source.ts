import { type AnnotatedPod, asksForCapture, captureAnnotations, observeAnnotations, podOfRequest } from '../../api/annotations/index.ts';
import type { CaptureRequest } from '../../core/capture-request.ts';
import type { Clock } from '../../core/clock.ts';
import type { CaptureSource, ObservedRequest, RequestIdentity } from '../../core/capture-source.ts';
import { type CaptureError, errorMessage } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { ApiStatusError } from './api-errors.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { NodePods } from './node-pods.ts';

/** The `source` of reports about annotations of Pods; {@link PodAnnotationSource.name}. */
export const POD_ANNOTATION = 'PodAnnotation';

/** What a {@link PodAnnotationSource} is made of. */
export interface PodAnnotationSourceOptions {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Those of this node. Started here. */
  readonly pods: Pick<NodePods, 'annotated' | 'start'>;
  /** Told once that the right to get Pods is missing. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Why a request cannot be captured, as `CaptureEngine.refusalOf` tells; until one can, what the Pod asked for before goes on. */
  readonly refusalOf: (request: CaptureRequest) => Promise<CaptureError | undefined>;
}

/** So long it is believed that something is still asked for, unless the watch tells of a change. Milliseconds. */
const BELIEVED_MS = 30_000;

/** Annotations of Pods that run on this node, as requests. Pods are only read: what is on disk is the record of progress. */
export class PodAnnotationSource implements CaptureSource {
  /** The `source` of reports about annotations. */
  readonly name = POD_ANNOTATION;
  /** A Pod is only read: the progress is on disk. */
  readonly keepsRecord = false;
  /** There is no CRD that could be away, so that a Pod that is not there or not annotated is just that. */
  readonly goneGrace = 0;
  readonly #client: KubernetesClient;
  readonly #clock: Clock;
  readonly #pods: PodAnnotationSourceOptions['pods'];
  readonly #logger: Logger;
  readonly #refusalOf: PodAnnotationSourceOptions['refusalOf'];
  readonly #byPod = new Map<string, ObservedRequest>();
  readonly #byUid = new Map<string, ObservedRequest>();
  /**
   * By Pod: what it does not ask for in a way that is listed, and that was found not to be gone; and when, by `Clock.uptime`.
   * What is being asked about is there, too: when its Pod changes, the answer is of before.
   */
  readonly #kept = new Map<string, Map<string, number>>();
  #changed: (uid: string) => void = () => undefined;
  #signal: AbortSignal | undefined;
  #saidForbidden = false;

  constructor({ client, clock, pods, logger = silentLogger, refusalOf }: PodAnnotationSourceOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#pods = pods;
    this.#logger = logger;
    this.#refusalOf = refusalOf;
  }

  /** Resolves once the Pods are known, and goes on until the signal is aborted; rejects if that comes first. */
  start(changed: (uid: string) => void, signal: AbortSignal): Promise<void> {
    this.#changed = changed;
    this.#signal = signal;
    return this.#pods.start((namespace, name) => this.#podChanged(namespace, name), signal);
  }

  /** `POD_UID.HASH` of all that is asked for at present; the hash is of the annotations. */
  uids(): Iterable<string> {
    return this.#byUid.keys();
  }

  /** `undefined`: the Pod is gone, does not run, or asks for something else by now. */
  get(uid: string): ObservedRequest | undefined {
    return this.#byUid.get(uid);
  }

  /** By one GET of the Pod, at most every 30 seconds. Never rejects: what cannot be told is `false`. */
  async isGone(identity: RequestIdentity): Promise<boolean> {
    const { namespace, name } = podOfRequest(identity);
    const key = `${namespace}/${name}`;
    const kept = this.#kept.get(key) ?? new Map<string, number>();
    if (this.#clock.uptime() - (kept.get(identity.uid) ?? -Infinity) < BELIEVED_MS) return false;
    this.#kept.set(key, kept.set(identity.uid, -Infinity));
    const presence = await this.#ask(identity);
    // Of an answer that the watch has overtaken nothing is believed.
    if (presence === 'there') kept.set(identity.uid, this.#clock.uptime());
    else kept.delete(identity.uid);
    if (kept.size === 0 && this.#kept.get(key) === kept) this.#kept.delete(key);
    return presence === 'gone';
  }

  async #ask(identity: RequestIdentity): Promise<'gone' | 'there' | 'unknown'> {
    const { namespace, name, uid } = podOfRequest(identity);
    try {
      const { metadata } = await this.#client.get(`/api/v1/namespaces/${namespace}/pods/${name}`, this.#signal && { signal: this.#signal });
      // What a proxy answers by itself may be 200 and JSON, too.
      if (metadata.name !== name || metadata.namespace !== namespace || !metadata.uid) throw new Error('the answer is not about that Pod');
      const annotations = captureAnnotations(metadata.annotations);
      if (metadata.uid !== uid || annotations === undefined || !asksForCapture(annotations)) return 'gone';
      return (await this.#isSuperseded(identity, { namespace, name, uid, annotations })) ? 'gone' : 'there';
    } catch (error) {
      if (ApiStatusError.is(error) && error.saysNotFound(name)) return 'gone';
      this.#say(identity, error);
      return 'unknown';
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
    const kept = this.#kept.get(key)?.keys() ?? [];
    this.#kept.delete(key);
    if (before?.uid !== now?.uid) {
      if (before) this.#byUid.delete(before.uid);
      this.#byPod.delete(key);
      if (now) {
        this.#byPod.set(key, now);
        this.#byUid.set(now.uid, now);
      }
      if (before) this.#changed(before.uid);
      if (now) this.#changed(now.uid);
    }
    for (const uid of kept) this.#changed(uid);
  }
}
